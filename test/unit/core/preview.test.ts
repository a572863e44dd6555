import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SESSIONS } from '../../../functions/src/config.ts';
import { foldText } from '../../../functions/src/core/dedupe.ts';
import { beginningOfBytes, previewOf } from '../../../functions/src/core/preview.ts';

const SEED = 20_240_517;
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\u00e9', '\u{1f408}', '\u4e16'), maxLength: 400 }),
);

describe('a preview', () => {
  it('is the text itself where that is short, its white space folded', () => {
    assert.equal(previewOf('  one\n\n two\t three '), 'one two three');
  });

  it('ends after 200 units, and never inside of a character', () => {
    assert.equal(previewOf('x'.repeat(500)), 'x'.repeat(200));
    assert.equal(previewOf(`${'x'.repeat(199)}\u{1f408}y`), 'x'.repeat(199));
    assert.equal(previewOf(`${'x'.repeat(198)}\u{1f408}y`), `${'x'.repeat(198)}\u{1f408}`);
  });

  it(`is always a whole beginning of the folded text (seed ${SEED})`, () => {
    fc.assert(
      fc.property(texts, (text) => {
        const preview = previewOf(text);
        const folded = foldText(text);
        assert.ok(folded.startsWith(preview) && preview.length <= SESSIONS.PREVIEW_LENGTH);
        assert.equal(preview.isWellFormed(), folded.isWellFormed());
        assert.ok(preview.length >= Math.min(folded.length, SESSIONS.PREVIEW_LENGTH - 2));
      }),
      { seed: SEED },
    );
  });
});

describe('the beginning of a text', () => {
  it(`has as many bytes as it may, and ends with a whole character (seed ${SEED})`, () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 500 }), (text, bytes) => {
        const cut = beginningOfBytes(text, bytes);
        assert.ok(text.startsWith(cut) && cut.isWellFormed());
        assert.ok(Buffer.byteLength(cut) <= bytes);
        if (cut !== text) assert.ok(Buffer.byteLength(cut) > bytes - 4);
      }),
      { seed: SEED },
    );
  });
});
