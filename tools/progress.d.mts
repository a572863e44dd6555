/** Tells on stderr what is being waited for and how long it took; see progress.mjs. */
export function step<T>(title: string, work: () => Promise<T> | T): Promise<T>;
