/** One way in which a value of a request can be wrong, as the tables of them say it. */
import type { OperationName } from '../../../functions/src/contract/types.ts';

/**
 * What is wrong, where in a sound request, the value, the code (or codes, with commas), and the issue's path
 * if it differs.
 */
export type Case = readonly [what: string, path: string, value: unknown, code: string, issuePath?: string];

/** The cases of each operation. */
export type Cases = Partial<Record<OperationName, readonly Case[]>>;

/** Half of a surrogate pair: a string that has no UTF-8 form. */
export const LONE = 'half of a pair \ud83d';

/** Bytes of a kibibyte. */
export const KIB = 1_024;

/** As many different texts. */
export function list(length: number): string[] {
  return Array.from({ length }, (_, place) => `value ${place}`);
}

/** The same case with its field in an object of the request. */
export function inside(object: string, [what, path, value, code, issuePath = path]: Case): Case {
  return [what, `${object}.${path}`, value, code, `${object}.${issuePath}`];
}
