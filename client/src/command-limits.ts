/**
 * What fits into one command, as the security rules have it: they would only say that permission is denied,
 * and perhaps hours later. Everything else is for the service to check.
 */
import { invalidRequest } from './errors.ts';

/** Memories or messages of one command. */
const MAX_MEMORIES = 4;
/** Bytes of UTF-8 of a memory's text: the service's own limit. */
const MAX_TEXT_BYTES = 32_768;
/** Bytes of UTF-8 of all strings of a memory, text and tags included, and one more for each. */
const MAX_STRING_BYTES = 35_000;
/** What the rules count besides: they join ten fields, whether or not they are there. */
const JOINTS = 10;
/** Values of metadata in one command. */
const MAX_METADATA_VALUES = 8;
/** Bytes of UTF-8 of a string in metadata. */
const MAX_METADATA_STRING_BYTES = 500;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks the memories, messages or changes of a command. Throws `invalid-argument` with the path of what does
 * not fit: `too_big`, `too_small`, or `too_deep` for metadata in metadata.
 * @param path where they are in the input, such as `memories`
 */
export function checkMemories(operation: string, path: string, memories: readonly unknown[]): void {
  if (memories.length < 1) throw invalidRequest(operation, path, 'too_small');
  if (memories.length > MAX_MEMORIES) throw invalidRequest(operation, path, 'too_big');
  checkEach(
    operation,
    memories.map((memory, index) => [`${path}.${index}`, memory]),
  );
}

/** The same for the one set of changes of an update. */
export function checkChanges(operation: string, path: string, changes: unknown): void {
  checkEach(operation, [[path, changes]]);
}

function checkEach(operation: string, memories: readonly (readonly [path: string, memory: unknown])[]): void {
  let values = 0;
  for (const [path, memory] of memories) {
    if (!isFields(memory)) throw invalidRequest(operation, path, 'invalid_type');
    const { text, tags, metadata } = memory;
    if (bytesOf(text) > MAX_TEXT_BYTES) throw invalidRequest(operation, `${path}.text`, 'too_big');
    const strings = [...Object.values(memory), ...(Array.isArray(tags) ? tags : [])];
    const bytes = strings.reduce((sum: number, value) => sum + bytesOf(value) + 1, JOINTS);
    if (bytes > MAX_STRING_BYTES) throw invalidRequest(operation, path, 'too_big');
    if (!isFields(metadata)) continue;
    values += checkMetadata(operation, `${path}.metadata`, metadata);
    if (values > MAX_METADATA_VALUES) throw invalidRequest(operation, `${path}.metadata`, 'too_big');
  }
}

/** Returns how many values there are. */
function checkMetadata(operation: string, path: string, metadata: Fields): number {
  const values = Object.values(metadata);
  for (const value of values) {
    if (typeof value === 'object' && value !== null) throw invalidRequest(operation, path, 'too_deep');
    if (bytesOf(value) > MAX_METADATA_STRING_BYTES) throw invalidRequest(operation, path, 'too_big');
  }
  return values.length;
}

/** Bytes of UTF-8 of a string; none of anything else. */
function bytesOf(value: unknown): number {
  return typeof value === 'string' ? new TextEncoder().encode(value).length : 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
