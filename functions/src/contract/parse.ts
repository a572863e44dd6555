/** From an untrusted value to a request, or a `ValidationError` that names paths and codes, never values. */
import type * as z from 'zod';
import { type Issue, ValidationError } from '../errors.ts';

/** Keys that may be repeated in an answer: the contract's own names and harmless look-alikes. */
const PLAIN_KEY = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Parses a value by a schema of the contract.
 * @throws ValidationError (`invalid-argument`) with the path and code of all that is wrong
 */
export function parseRequest<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ValidationError(parsed.error.issues.flatMap(toIssues));
}

function toIssues(issue: z.core.$ZodIssue): Issue[] {
  const path = issue.path.map(pathSegment);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({ path: [...path, pathSegment(name)].join('.'), code: issue.code }));
  }
  return [{ path: path.join('.'), code: issueCode(issue) }];
}

/** A path segment may be a key that the caller chose, so only a plain one is repeated. */
function pathSegment(segment: PropertyKey): string {
  const name = String(segment);
  return PLAIN_KEY.test(name) ? name : '?';
}

function issueCode(issue: z.core.$ZodIssue): string {
  // None of several forms: what it is told apart by has another value, or nothing fits at all.
  if (issue.code === 'invalid_union') return issue.discriminator ? 'invalid_value' : 'invalid_type';
  const own = issue.code === 'custom' ? issue.params?.code : undefined;
  return typeof own === 'string' ? own : issue.code === 'custom' ? 'invalid_type' : issue.code;
}
