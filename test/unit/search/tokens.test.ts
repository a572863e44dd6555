import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  MAX_TERMS,
  MAX_TOKEN_LENGTH,
  termFrequencies,
  tokenize,
} from '../../../functions/src/core/tokens.ts';

const unicode = fc.string({ unit: 'binary', maxLength: 300 });
/** Also what no well-formed string holds: halves of surrogate pairs. */
const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
  .map((units) => String.fromCharCode(...units));

/** True iff every token of the query is one of the text. */
function finds(query: string, text: string): boolean {
  const tokens = new Set(tokenize(text));
  const wanted = tokenize(query);
  return wanted.length > 0 && wanted.every((token) => tokens.has(token));
}

describe('the words of a text', () => {
  it('are stemmed, in lower case and without English stop words', () => {
    assert.deepEqual(tokenize('Running quickly, the CATS were jumping!'), ['run', 'quick', 'cat', 'jump']);
  });

  it('leave out contracted stop words, also those that the list does not name', () => {
    assert.deepEqual(tokenize("He'd say who'll, but I ain't; needn't"), ['say']);
  });

  it('keep numbers, and words with digits as they are', () => {
    assert.deepEqual(tokenize('On 8 May 2023 an mp3y cost 1,50'), [
      '8',
      'may',
      '2023',
      'mp3y',
      'cost',
      '1',
      '50',
    ]);
  });

  it('are the same with any apostrophe, and without the possessive', () => {
    assert.deepEqual(tokenize("Caroline's don't they've O'Brien"), ['carolin', 'o', 'brien']);
    assert.deepEqual(tokenize('Caroline’s don’t they’ve O’Brien'), ['carolin', 'o', 'brien']);
    assert.ok(finds('amour', "l'amour"));
  });

  it('are the same in any Unicode form, width and case, and with or without Latin diacritics', () => {
    for (const form of ['Café', 'CAFE\u0301', 'ｃａｆé', 'cafe', 'ca\u00adfé'])
      assert.deepEqual(tokenize(form), ['cafe']);
    assert.deepEqual(tokenize('МОСКВА'), tokenize('москва'));
    assert.deepEqual(tokenize('İstanbul'), tokenize('istanbul'));
  });

  it('that are names of object properties are words like any other', () => {
    assert.deepEqual(tokenize('__proto__ constructor prototype'), ['proto', 'constructor', 'prototyp']);
    assert.equal(termFrequencies(['__proto__', 'constructor']).get('__proto__'), 1);
  });

  it('of Chinese, Japanese and Korean are found inside a sentence', () => {
    for (const [word, sentence] of [
      ['猫', '我的猫叫小花'],
      ['大学', '我在北京大学学习计算机科学'],
      ['计算机', '我在北京大学学习计算机科学'],
      ['新宿', '昨日、新宿御苑で花見をしました'],
      ['パン', 'ﾊﾟﾝを買いました'],
      ['한국어', '한국어를 공부해요'],
      ['iPhone', 'iPhoneを買いました'],
      ['𠮷', '𠮷野家で食べた'],
    ] as const) {
      assert.ok(finds(word, sentence), `${word} in ${sentence}`);
    }
    assert.ok(!finds('狗', '我的猫叫小花'));
  });

  it('of Thai, Khmer, Hindi, Arabic and Greek are found inside a sentence', () => {
    for (const [word, sentence] of [
      ['กรุงเทพ', 'ฉันชอบกินข้าวผัดที่กรุงเทพ'],
      ['ខ្ញុំ', 'ខ្ញុំស្រឡាញ់ភាសាខ្មែរ'],
      ['भाषा', 'हिन्दी भाषा में'],
      ['بالعالم', 'مرحبا بالعالم'],
      ['ΚΑΛΗΜΈΡΑ', 'καλημέρα κόσμε'],
    ] as const) {
      assert.ok(finds(word, sentence), `${word} in ${sentence}`);
    }
  });

  it('are none of stop words, emoji, punctuation, blanks and halves of surrogate pairs', () => {
    for (const text of ['', '  \n', 'What did he do?', '🎉👍🏽', "'’''", '…—!?', '\ud800 \udc00']) {
      assert.deepEqual(tokenize(text), []);
    }
  });

  it('are cut at the longest token, never inside a surrogate pair', () => {
    assert.equal(tokenize('a'.repeat(32_768))[0]?.length, MAX_TOKEN_LENGTH);
    // Gothic letters, two units each, behind a single one: the cut would fall into the middle of one.
    const [gothic] = tokenize(`x${'𐌰'.repeat(100)}`);
    assert.equal(gothic?.length, MAX_TOKEN_LENGTH - 1);
    assert.ok(gothic?.isWellFormed());
  });

  it('are bounded in number, and the first ones are kept', () => {
    const tokens = tokenize(`${Array.from({ length: MAX_TERMS + 500 }, (_, n) => `w${n}`).join(' ')} w0`);
    assert.equal(new Set(tokens).size, MAX_TERMS);
    assert.equal(tokens.at(-1), 'w0');
  });

  it('of the largest text take little time, whatever it is made of', () => {
    for (const unit of ['a', 'a ', "'", "a'", '中', 'ก', 'ﷺ', '\u0301', '🎉', 'generalizations ', 'é']) {
      const text = unit.repeat(32_768 / Buffer.byteLength(unit));
      const start = performance.now();
      tokenize(text);
      assert.ok(performance.now() - start < 1_000, unit);
    }
  });

  it('are well-formed and within bounds for every string', () => {
    fc.assert(
      fc.property(fc.oneof(unicode, anyUnits), (text) => {
        for (const token of tokenize(text)) {
          assert.ok(token.length > 0 && token.length <= MAX_TOKEN_LENGTH);
          assert.ok(token.isWellFormed());
        }
      }),
    );
  });

  it('do not change when the text is normalised first', () => {
    fc.assert(
      fc.property(unicode, (text) => {
        assert.deepEqual(tokenize(text.normalize('NFKC')), tokenize(text));
        assert.deepEqual(tokenize(text.normalize('NFD')), tokenize(text));
      }),
    );
  });

  it('are never stemmed to nothing', () => {
    const word = fc.string({ unit: fc.constantFrom(...'aeiouysldgtn'), minLength: 1, maxLength: 8 });
    fc.assert(fc.property(word, (text) => tokenize(text).every((token) => token !== '')));
  });

  it('find the text that they are taken from', () => {
    fc.assert(
      fc.property(unicode, unicode, unicode, (before, word, after) => {
        const words = tokenize(word);
        const all = new Set(tokenize(`${before} ${word} ${after}`));
        assert.ok(words.every((token) => all.has(token)));
      }),
    );
  });
});

describe('term frequencies', () => {
  it('count every token, in the order of first occurrence', () => {
    assert.deepEqual(
      [...termFrequencies(['b', 'a', 'b'])],
      [
        ['b', 2],
        ['a', 1],
      ],
    );
  });

  it('add up to the number of tokens', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (tokens) => {
        const sum = [...termFrequencies(tokens).values()].reduce((total, n) => total + n, 0);
        assert.equal(sum, tokens.length);
      }),
    );
  });
});
