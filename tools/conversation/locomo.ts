/**
 * Conversations in the format of LoCoMo (Maharana et al., ACL 2024): an array of `{ sample_id,
 * conversation: { speaker_a, speaker_b, session_N_date_time, session_N: [{ speaker, dia_id, text,
 * blip_caption? }] }, qa: [{ question, evidence, category }] }`.
 */
import { type Conversation, Flaw, type Question, type Turn } from './conversation.ts';
import { asArray, asObject, asText, asTurnText, type Fields, type Path } from './shape.ts';

/** Questions that the conversation does not answer, made to mislead. */
const ADVERSARIAL_CATEGORY = 5;

/**
 * Reads one conversation of the parsed file: the one whose `sample_id` is given, else the first. A turn's
 * text is `speaker: text`, with the caption of a picture where one was shared. Questions that keep no
 * evidence are left out. Throws a `Flaw`.
 */
export function readLocomo(parsed: unknown, wanted?: string): Conversation {
  const ids = conversationIds(parsed);
  const index = wanted === undefined ? 0 : ids.indexOf(wanted);
  const id = ids[index];
  if (id === undefined) {
    throw new Flaw([], `holds no conversation ${JSON.stringify(wanted)}, only ${ids.join(', ')}`);
  }
  const sample = asObject([index], asArray([], parsed)[index]);
  const turns = turnsOf([index, 'conversation'], asObject([index, 'conversation'], sample.conversation));
  const refs = new Set(turns.flatMap((turn) => turn.ref ?? []));
  return { id, turns, questions: questionsOf([index, 'qa'], sample.qa, refs) };
}

/** The `sample_id` of each conversation of the parsed file, at least one. Throws a `Flaw`. */
export function conversationIds(parsed: unknown): string[] {
  const samples = asArray([], parsed).map((sample, index) => asObject([index], sample));
  if (samples.length === 0) throw new Flaw([], 'holds no conversations');
  return samples.map((sample, index) => asText([index, 'sample_id'], sample.sample_id));
}

function turnsOf(path: Path, conversation: Fields): Turn[] {
  const userName = asText([...path, 'speaker_a'], conversation.speaker_a);
  const sessions = Object.keys(conversation)
    .filter((key) => /^session_\d+$/.test(key))
    .sort((a, b) => sessionNumber(a) - sessionNumber(b));
  const turns = sessions.flatMap((session) => {
    const time = conversation[`${session}_date_time`];
    const at = time === undefined ? null : parseLocomoTime([...path, `${session}_date_time`], time);
    return asArray([...path, session], conversation[session]).map((turn, place) => {
      const turnPath = [...path, session, place];
      return turnOf(turnPath, asObject(turnPath, turn), { session, at, userName });
    });
  });
  if (turns.length === 0) throw new Flaw(path, 'holds no turns');
  return turns;
}

function sessionNumber(key: string): number {
  return Number(key.slice('session_'.length));
}

function turnOf(
  path: Path,
  fields: Fields,
  around: { session: string; at: string | null; userName: string },
) {
  const speaker = asText([...path, 'speaker'], fields.speaker);
  const caption = fields.blip_caption ?? '';
  if (typeof fields.text !== 'string') throw new Flaw([...path, 'text'], 'should be a string');
  if (typeof caption !== 'string') throw new Flaw([...path, 'blip_caption'], 'should be a string');
  const picture = caption === '' ? '' : ` [${caption}]`;
  const turn: Turn = {
    session: around.session,
    at: around.at,
    speaker,
    role: speaker === around.userName ? 'user' : 'assistant',
    text: asTurnText([...path, 'text'], `${speaker}: ${fields.text}${picture}`),
    ref: asText([...path, 'dia_id'], fields.dia_id),
  };
  return turn;
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const LOCOMO_TIME = /^(\d{1,2}):(\d\d) (am|pm) on (\d{1,2}) ([A-Z][a-z]+),? (\d{4})$/;

/** `1:56 pm on 8 May, 2023`, taken as UTC, in ISO 8601. Throws a `Flaw`. */
export function parseLocomoTime(path: Path, value: unknown): string {
  const text = asText(path, value);
  const [, hour, minute, half, day, monthName = '', year] = LOCOMO_TIME.exec(text.trim()) ?? [];
  const month = MONTHS.indexOf(monthName);
  // 12 am is midnight and 12 pm is noon.
  const hours = (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  const time = new Date(Date.UTC(Number(year), month, Number(day), hours, Number(minute)));
  const isReal = Number(hour) >= 1 && Number(hour) <= 12 && Number(minute) < 60;
  if (isReal && time.getUTCMonth() === month && time.getUTCDate() === Number(day)) return time.toISOString();
  throw new Flaw(path, `should be a time such as "1:56 pm on 8 May, 2023", but is ${JSON.stringify(text)}`);
}

/**
 * Every `D<session>:<turn>` in the evidence strings, one of which may hold several (`D8:6; D9:17`), without
 * repetition, without other forms (`D:11:26`) and without ids that match no turn.
 */
export function parseEvidence(strings: readonly string[], refs: ReadonlySet<string>): string[] {
  const found = strings.flatMap((text) => text.match(/D\d+:\d+/g) ?? []);
  return [...new Set(found)].filter((ref) => refs.has(ref));
}

function questionsOf(path: Path, value: unknown, refs: ReadonlySet<string>): Question[] {
  if (value === undefined) return [];
  return asArray(path, value).flatMap((item, index) => {
    const fields = asObject([...path, index], item);
    if (fields.category === ADVERSARIAL_CATEGORY) return [];
    const question = asText([...path, index, 'question'], fields.question);
    const strings = asArray([...path, index, 'evidence'], fields.evidence ?? []).map((text, place) => {
      if (typeof text === 'string') return text;
      throw new Flaw([...path, index, 'evidence', place], 'should be a string');
    });
    const evidence = parseEvidence(strings, refs);
    const kind = typeof fields.category === 'number' ? { category: fields.category } : {};
    return evidence.length === 0 ? [] : [{ question, evidence, ...kind }];
  });
}
