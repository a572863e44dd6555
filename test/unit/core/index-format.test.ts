import assert from 'node:assert/strict';
import { digest } from '../../../functions/src/core/dedupe.ts';
import { INDEX_FORMAT, type IndexEntry, planIndex } from '../../../functions/src/core/index-plan.ts';
import { memoryOf } from './sample.ts';

/**
 * What was made of the texts below, by the format of the index. What is stored was made so: a line is never changed.
 * Who changes how an entry is made raises `INDEX_FORMAT` and adds a line.
 */
const MADE: Readonly<Record<number, string>> = {
  4: 'yIVhDmEXYiL1TQ2TGfPSKe8GcTj6RTyRAH8NpsCfOuE',
};

/** The terms by the present format, so that a difference can be read. */
const TERMS: Readonly<Record<string, string>> = {
  "Caroline's e-mail on 8th May: userName paid 1,000 for Vitamin A!":
    'carolin email e mail 8th 8 usernam user name paid 1000 vitamin a',
  'Straße in Łódź, København, Đà Nẵng; œuvre à l’été; IŞIK ışık':
    'strass lodz kobenhavn da nang oeuvr l ete isik',
  'Ёлка, май. Αθήνα, οδός. مُحَمَّد می‌خواهم مكتبة. שָׁלוֹם': 'елка май αθηνα οδοσ محمد ميخواهم مكتبه שלום',
  '我的猫叫小花。昨日、ﾊﾟﾝを買いました。한국어':
    '我 我的 的 的猫 猫 猫叫 叫 叫小 小 小花 花 昨 昨日 日 パ パン ン ンを を を買 買 買い い いま ま まし し した た 한 한국 국 국어 어',
  'หมาดำน้ำ ນ້ຳ ខ្ញុំ ကြောင် हिन्दी': 'ห หมา มา มาดำ ดำ ดำน้ำ น้ำ ນ້ຳ ខ្ញុំ ကြော ကြောင် င် हिन्दी',
  '👍🏽🎉 👩🏽‍🚀 🇫🇷 ❤️': '👍 🎉 👩🚀 👩 🚀 🇫🇷 ❤',
};

/** The entry of a turn of the third of May 2024, as an embedder makes it that sees the same in all texts. */
function entryOf(text: string): IndexEntry {
  const vector = Array.from({ length: 384 }, (_, place) => Math.fround((place % 7) - 3));
  const tokens = [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => {
    return { start: index, end: index + word.length, vector };
  });
  const memory = memoryOf({
    text,
    kind: 'message',
    persona: 'Ann-Marie Łuk',
    occurredAt: '2024-05-03T08:00:00.000Z',
  });
  const plan = planIndex({ memory, seq: 1 }, null, { embedderId: 'model-1', of: () => ({ vector, tokens }) });
  assert.ok('entry' in plan);
  return plan.entry;
}

describe('the format of the index', () => {
  for (const [text, terms] of Object.entries(TERMS)) {
    it(`has the terms of ${text}`, () => {
      const entry = entryOf(text);
      assert.equal(entry.terms.slice(3).join(' '), terms);
    });
  }

  it('has a new number if anything of an entry is made in another way', () => {
    const made = Object.keys(TERMS).map((text) => {
      const { vector, semantic, tokens, ...entry } = entryOf(text);
      const numbers = vector.map((value) => value.toFixed(9));
      return { ...entry, numbers, semantic: [...semantic], tokens: [...tokens] };
    });
    const told = 'entries are made in another way: raise INDEX_FORMAT, and add what is made now';
    assert.equal(digest(made), MADE[INDEX_FORMAT], told);
  });
});
