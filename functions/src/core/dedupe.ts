/** The one definition of a duplicate. */
import { createHash } from 'node:crypto';
import type { Memory } from '../contract/types.ts';

/**
 * A hash that two memories share iff they are exact duplicates of each other within a space: the same
 * text (NFC, trimmed, inner white space folded), kind, role and session. Base64url of SHA-256.
 */
export function contentHash(memory: Pick<Memory, 'text' | 'kind' | 'role' | 'sessionId'>): string {
  return digest([foldText(memory.text), memory.kind, memory.role ?? null, memory.sessionId ?? null]);
}

/** A text as duplicates are told by: NFC, trimmed, inner white space folded. */
export function foldText(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/gu, ' ');
}

/**
 * Base64url of the SHA-256 of a JSON value whose keys are sorted, so that equal values have equal digests
 * whatever the order in which a client or Firestore names their keys.
 */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url');
}

/** Base64url of the SHA-256 of bytes, one part after the other. */
export function digestOfBytes(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64url');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
