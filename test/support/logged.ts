/** What is written to the log. */

/** Runs `work` and returns its result, and what it wrote to stderr, where the logger writes, meanwhile. */
export function logged<T>(work: () => T): { readonly result: T; readonly logged: string } {
  const written: string[] = [];
  const { stderr } = process;
  const write = stderr.write;
  stderr.write = (chunk: string | Uint8Array) => {
    written.push(String(chunk));
    return true;
  };
  try {
    return { result: work(), logged: written.join('') };
  } finally {
    stderr.write = write;
  }
}
