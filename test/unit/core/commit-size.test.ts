import assert from 'node:assert/strict';
import { LIMITS } from '../../../functions/src/config.ts';
import { commitsOf, fitsOneCommit, refuseLargeFlip } from '../../../functions/src/core/commit-size.ts';
import { ValidationError } from '../../../functions/src/errors.ts';

type Sized = Parameters<typeof fitsOneCommit>[0][number];

function memories(count: number, memory: Sized): Sized[] {
  return new Array<Sized>(count).fill(memory);
}

function fits(inputs: readonly Sized[]): void {
  assert.equal(fitsOneCommit(inputs), true);
}

/** What does not fit is divided into commits that do, in order. */
function isLarge(inputs: readonly Sized[]): void {
  assert.equal(fitsOneCommit(inputs), false);
  const commits = commitsOf(inputs);
  assert.ok(commits.length > 1);
  assert.deepEqual(commits.flat(), [...inputs.keys()]);
  for (const places of commits) assert.ok(places.length > 0 && places.length <= 70);
}

/** As many different words as fit into so many bytes. */
function differentWords(bytes: number): string {
  let text = '';
  for (let place = 0; text.length < bytes; place += 1) text += `w${place.toString(36)}x `;
  return text.slice(0, bytes);
}

/** As many different pairs of Han characters as fit into so many bytes. */
function han(bytes: number): string {
  const characters = Array.from({ length: bytes / 3 }, (_, place) => 0x4e00 + ((place * 7_919) % 20_000));
  return String.fromCodePoint(...characters);
}

const LONGEST = [
  ['one letter', 'a'.repeat(LIMITS.MAX_TEXT_BYTES)],
  ['different words', differentWords(LIMITS.MAX_TEXT_BYTES)],
  ['Han', han(LIMITS.MAX_TEXT_BYTES - 2)],
] as const;
const metadata = { note: 'x'.repeat(LIMITS.MAX_METADATA_BYTES - 20) };

describe('an add of one commit', () => {
  it('may hold 100 messages of 1 KB', () => {
    fits(memories(100, { text: differentWords(1_000) }));
    fits(memories(100, { text: han(900) }));
  });

  for (const [title, text] of LONGEST) {
    it(`may always hold one memory, the largest of ${title}, and 20 of them`, () => {
      fits([{ text, metadata }]);
      fits(memories(20, { text, metadata }));
    });

    it(`may not hold 100 of the largest of ${title}`, () => {
      isLarge(memories(100, { text, metadata }));
    });
  }

  it('refuses what is not staged and does not fit, under the path at which the memories stand', () => {
    const large = memories(100, { text: LONGEST[0][1], metadata });
    refuseLargeFlip([], large, 'messages');
    refuseLargeFlip(large.slice(0, 10), large.slice(10), 'messages');
    assert.throws(
      () => refuseLargeFlip(large, [], 'messages'),
      (error) => {
        assert.ok(error instanceof ValidationError);
        assert.equal(error.code, 'invalid-argument');
        assert.equal(error.details.reason, 'request-too-large');
        assert.deepEqual(error.details.issues, [{ path: 'messages', code: 'too_big' }]);
        return true;
      },
    );
  });

  it('counts metadata', () => {
    const text = 'a'.repeat(8_000);
    fits(memories(100, { text }));
    isLarge(memories(100, { text, metadata }));
  });

  it('counts tags wherever they are written, labels, and short numbers as what they take', () => {
    const text = 'a'.repeat(5_000);
    const tags = Array.from({ length: LIMITS.MAX_TAGS }, (_, n) => `${n}`.padEnd(LIMITS.MAX_TAG_LENGTH, 'x'));
    isLarge(memories(100, { text, tags }));
    isLarge(memories(100, { text, metadata: { numbers: new Array<number>(2_000).fill(-1) } }));
    const label = han(3 * LIMITS.MAX_LABEL_LENGTH);
    isLarge(memories(100, { text, persona: label, source: label }));
    fits(memories(50, { text, persona: label, source: label, tags }));
  });

  it('counts the terms that the index holds: different words take more than one repeated', () => {
    fits(memories(100, { text: 'cat '.repeat(300), metadata }));
    isLarge(memories(100, { text: differentWords(8_000), metadata }));
  });

  it('takes no room for pairs of characters that a text with spaces does not have', () => {
    const [english = []] = commitsOf(memories(100, { text: differentWords(LIMITS.MAX_TEXT_BYTES) }));
    const [chinese = []] = commitsOf(memories(100, { text: han(LIMITS.MAX_TEXT_BYTES - 2) }));
    assert.ok(english.length >= 25 && chinese.length >= 12 && chinese.length < english.length);
  });

  it('counts bytes, not characters', () => {
    fits(memories(100, { text: 'a'.repeat(8_000) }));
    isLarge(memories(100, { text: '\u00e9\u{1f408}'.repeat(5_000) }));
  });

  it('is divided from some number of memories on, and for every larger one', () => {
    const text = 'a'.repeat(30_000);
    const holds = (count: number) => fitsOneCommit(memories(count, { text }));
    const first = 80;
    const counts = Array.from({ length: 16 }, (_, place) => holds(first + place));
    const fitting = counts.lastIndexOf(true) + 1;
    assert.equal(counts.indexOf(false), fitting);
    const most = first + fitting - 1;
    assert.ok(
      most * text.length < LIMITS.MAX_COMMIT_BYTES && (most + 1) * 3 * text.length > LIMITS.MAX_COMMIT_BYTES,
    );
  });
});
