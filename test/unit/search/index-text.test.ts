import assert from 'node:assert/strict';
import { dateInWords, indexText } from '../../../functions/src/core/index-text.ts';
import { tokenize } from '../../../functions/src/core/tokens.ts';

const memory = { text: 'Ana got the job', kind: 'event', occurredAt: '2023-05-08T23:30:00.000Z' };

describe('what is indexed of a memory', () => {
  it('is found by the words of its date', () => {
    const tokens = new Set(tokenize(indexText(memory).lexical));
    for (const word of tokenize('8 May 2023')) assert.ok(tokens.has(word));
  });

  it('is embedded without its date', () => {
    assert.equal(indexText(memory).semantic, 'Ana got the job');
  });

  it('is its text alone if its time cannot be read', () => {
    assert.equal(dateInWords('yesterday'), '');
    assert.deepEqual(tokenize(indexText({ ...memory, occurredAt: '' }).lexical), tokenize(memory.text));
  });
});

describe('a date in words', () => {
  it('is the day in UTC, for every month', () => {
    const words = Array.from({ length: 12 }, (_, month) =>
      dateInWords(new Date(Date.UTC(2024, month, 1)).toISOString()),
    );
    assert.equal(words[0], '1 January 2024');
    assert.equal(words[11], '1 December 2024');
    assert.equal(new Set(words).size, 12);
    assert.equal(dateInWords('2023-05-08T23:59:59.999Z'), '8 May 2023');
  });
});
