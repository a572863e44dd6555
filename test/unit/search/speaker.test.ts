import assert from 'node:assert/strict';
import { speakerTerms } from '../../../functions/src/core/speaker.ts';

describe('the speaker of a memory', () => {
  const said = (text: string, persona?: string) =>
    speakerTerms({ kind: 'message', text, ...(persona !== undefined && { persona }) });

  it('is the name with which a message begins', () => {
    assert.deepEqual(said('Ann: I like tea'), ['ann']);
    assert.deepEqual(said('Dr. Lee: Good morning'), ['dr', 'lee']);
    assert.deepEqual(said('José María: hola'), ['jose', 'maria']);
    assert.deepEqual(said('小明： 你好').length > 0, true);
  });

  it('is nobody where a message begins otherwise, and in what is no message', () => {
    for (const text of [
      'I like tea',
      'at 10:30 we met',
      'note: buy tea',
      'Remember all of this now: tea',
      '',
    ]) {
      assert.deepEqual(said(text), [], text);
    }
    assert.deepEqual(speakerTerms({ kind: 'fact', text: 'Ann: I like tea' }), []);
  });

  it('is the persona, if it has one, whatever its kind', () => {
    assert.deepEqual(said('Bob: I like tea', 'Ann'), ['ann']);
    assert.deepEqual(speakerTerms({ kind: 'fact', text: 'tea', persona: 'Ann' }), ['ann']);
  });
});
