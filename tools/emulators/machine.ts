import { homedir } from 'node:os';

/**
 * What the searches for Java and for the Firestore emulator see of a computer. Passed in, so that a test can
 * lay out another computer in a temporary directory.
 */
export interface Machine {
  /** Where absolute places such as `usr/lib/jvm` begin. */
  readonly root: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The computer that this process runs on. */
export function thisMachine(): Machine {
  return { root: '/', home: homedir(), platform: process.platform, env: process.env };
}
