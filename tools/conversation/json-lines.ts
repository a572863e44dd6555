/** Conversations as JSON lines: one object a line, `{ speaker | role, text, at?, session?, ref? }`. */
import { isId } from '../../functions/src/contract/primitives.ts';
import { type Conversation, ConversationError, Flaw, type Turn } from './conversation.ts';
import { asObject, asText, asTurnText, type Fields } from './shape.ts';

/** The session of turns that name none. */
const DEFAULT_SESSION = 'session_1';

/**
 * Reads JSON lines. Blank lines and fields of other names are passed over. Of a turn that gives only its
 * speaker, the role is `user` if the speaker is the first one of the file or called so, else `assistant`.
 * A time without a zone is taken as UTC. Throws a `ConversationError`.
 */
export function readJsonLines(file: string, content: string, id: string): Conversation {
  const turns: Turn[] = [];
  let firstSpeaker: string | null = null;
  for (const [index, line] of content.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      const fields = asObject([], parse(line));
      const speaker = speakerOf(fields);
      firstSpeaker ??= fields.role === undefined ? speaker : null;
      turns.push(turnOf(fields, speaker, roleOf(fields, speaker, firstSpeaker)));
    } catch (error) {
      if (error instanceof Flaw) throw new ConversationError(file, index + 1, error.message, error);
      throw error;
    }
  }
  if (turns.length === 0) throw new ConversationError(file, null, 'holds no turns.');
  return { id, turns, questions: [] };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Flaw([], `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function turnOf(fields: Fields, speaker: string, role: Turn['role']): Turn {
  return {
    session: sessionOf(fields.session),
    at: timeOf(fields.at),
    speaker,
    role,
    text: asTurnText(['text'], fields.text),
    ...(fields.ref === undefined ? {} : { ref: asText(['ref'], fields.ref) }),
  };
}

function speakerOf(fields: Fields): string {
  if (fields.speaker !== undefined) return asText(['speaker'], fields.speaker);
  if (fields.role !== undefined) return asText(['role'], fields.role);
  throw new Flaw([], 'says neither "speaker" nor "role"');
}

function roleOf(fields: Fields, speaker: string, firstSpeaker: string | null): Turn['role'] {
  const said = fields.role ?? speaker;
  if (said === 'user' || said === 'assistant') return said;
  if (fields.role !== undefined) throw new Flaw(['role'], 'should be "user" or "assistant"');
  return speaker === firstSpeaker ? 'user' : 'assistant';
}

function sessionOf(value: unknown): string {
  if (value === undefined || value === null) return DEFAULT_SESSION;
  const session = asText(['session'], value);
  if (isId(session)) return session;
  throw new Flaw(['session'], 'should be 1 to 128 of A-Z, a-z, 0-9, _ and -');
}

const ISO_TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

function timeOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = asText(['at'], value);
  const match = ISO_TIME.exec(text);
  const withZone = text.length > 10 && match?.[1] === undefined ? `${text}Z` : text;
  const milliseconds = match === null ? Number.NaN : Date.parse(withZone.replace(' ', 'T'));
  if (!Number.isNaN(milliseconds)) return new Date(milliseconds).toISOString();
  throw new Flaw(['at'], 'should be a time such as 2026-03-01T12:00:00Z');
}
