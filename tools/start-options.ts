import path from 'node:path';
import { parseArgs } from 'node:util';

/** What `npm start` was asked for. */
export interface StartOptions {
  /** Absolute path of the conversations to load; the demo's own when absent. */
  readonly dataFile?: string;
  /** Which conversation of that file to show. */
  readonly conversation?: string;
  /** Stop after the demo, instead of staying up. */
  readonly exit: boolean;
  readonly help: boolean;
}

/** What `npm start -- --help` prints. */
export const START_USAGE = `Usage: npm start -- [--data FILE] [--conversation ID] [--exit]
  --data FILE         conversations to load instead of the demo's own
  --conversation ID   which of them to show
  --exit              stop after the demo; otherwise Ctrl-C does
`;

/**
 * Reads the arguments of `npm start`.
 *
 * @param cwd what a relative FILE starts from: where the user typed, not where npm changed to
 * @throws TypeError on an unknown flag, a missing value or a stray argument
 */
export function parseStartOptions(args: readonly string[], cwd: string): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      conversation: { type: 'string' },
      exit: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    ...(values.data === undefined ? {} : { dataFile: path.resolve(cwd, values.data) }),
    ...(values.conversation === undefined ? {} : { conversation: values.conversation }),
    exit: values.exit,
    help: values.help,
  };
}
