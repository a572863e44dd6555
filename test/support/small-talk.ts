/** Turns of other people who say nothing that anybody asks about: a crowd among which others are to be found. */
import type { Session } from './three-friends.ts';

const SPEAKERS = ['Ines', 'Viktor', 'Paula', 'Henrik'];
const OPENINGS = ['Honestly,', 'By the way,', 'As I said,', 'You know,', 'Well,'];
const SUBJECTS = [
  'the meeting about the new shelves',
  'the parcel from the post office',
  'the repair of the printer',
  'the noise from the building site',
  'the form for the tax office',
  'the queue at the bakery',
  'the update of my phone',
  'the parking space behind the theatre',
  'the delay of the tram',
  'the concert in the town hall',
];
const ENDINGS = [
  'took much longer than I had hoped.',
  'was not worth talking about.',
  'surprised nobody in the end.',
  'is still not settled, they told me to wait.',
  'went better than last time.',
];

/** Turns of a session. */
const LENGTH = 20;

/** So many turns, each another one, in sessions of some hours. */
export function smallTalk(count: number): Session[] {
  const said = Array.from({ length: count }, (_, n) => {
    const pick = (from: readonly string[], step: number) => from[Math.floor(n / step) % from.length];
    const text = `${pick(OPENINGS, 1)} ${pick(SUBJECTS, OPENINGS.length)} ${pick(ENDINGS, OPENINGS.length * SUBJECTS.length)}`;
    return { id: `crowd-${n}`, role: 'user' as const, text: `${pick(SPEAKERS, 1)}: ${text}` };
  });
  return Array.from({ length: Math.ceil(count / LENGTH) }, (_, session) => ({
    session: `crowd-${session}`,
    messages: said
      .slice(session * LENGTH, (session + 1) * LENGTH)
      .map((turn) => ({ ...turn, occurredAt: new Date(Date.UTC(2026, 1, 1 + session)).toISOString() })),
  }));
}
