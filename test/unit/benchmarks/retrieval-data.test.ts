import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchesOf, readData } from '../../../benchmarks/retrieval/data.ts';
import { isId } from '../../../functions/src/contract/primitives.ts';

/** A conversation of our own in the form of LoCoMo, with one turn and as many questions. */
const sample = (id: string, questions: number) => ({
  sample_id: id,
  conversation: {
    speaker_a: 'Ida',
    speaker_b: 'Tom',
    session_1_date_time: '1:56 pm on 8 May, 2023',
    session_1: [{ speaker: 'Ida', dia_id: 'D1:1', text: 'Look!', blip_caption: 'a red boat' }],
  },
  qa: Array.from({ length: questions }, (_, n) => ({
    question: `What ${n}?`,
    evidence: ['D1:1; D1:9', 'D:1:1'],
    category: (n % 5) + 1,
  })),
});

describe('the data of bench:retrieval', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'firememory-retrieval-'));
    writeFileSync(join(folder, 'b.json'), JSON.stringify([sample('conv-3', 2)]));
    writeFileSync(join(folder, 'a.json'), JSON.stringify([sample('conv-1', 6), sample('conv-2', 1)]));
    writeFileSync(join(folder, 'README.md'), 'no data');
  });
  after(() => rmSync(folder, { recursive: true }));

  const shape = (...args: Parameters<typeof readData>) =>
    readData(...args).map(({ id, questions }) => [id, questions.length]);

  it('are all conversations of the folder, without the questions of category 5', () => {
    assert.deepEqual(shape(folder, {}), [
      ['conv-1', 5],
      ['conv-2', 1],
      ['conv-3', 2],
    ]);
  });

  it('are one file, one conversation, or fewer questions where that is asked', () => {
    assert.deepEqual(shape(folder, { file: 'b.json' }), [['conv-3', 2]]);
    assert.deepEqual(shape(join(folder, 'b.json'), {}), [['conv-3', 2]]);
    assert.deepEqual(shape(folder, { conversation: 'conv-1', questions: 3 }), [['conv-1', 3]]);
    assert.throws(() => readData(folder, { conversation: 'conv-9' }), /no conversation conv-9/);
  });

  it('keep the category of a question and the evidence that is a turn, once', () => {
    const [first] = readData(folder, {});
    assert.deepEqual(first?.questions[1], { question: 'What 1?', evidence: ['D1:1'], category: 2 });
  });

  it('become calls of one session each, turn by turn in order, under ids of their own', () => {
    const turns = Array.from({ length: 120 }, (_, n) => ({
      session: n < 70 ? 'session_1' : 'session_2',
      at: n < 70 ? '2023-05-08T13:56:00.000Z' : null,
      speaker: 'Ida',
      role: 'user' as const,
      text: `Ida: ${n}`,
      ref: `D1:${n}`,
    }));
    const batches = batchesOf(turns);
    assert.deepEqual(
      batches.map(({ session, messages }) => [session, messages.length]),
      [
        ['session_1', 50],
        ['session_1', 20],
        ['session_2', 50],
      ],
    );
    const all = batches.flatMap(({ messages }) => messages);
    assert.deepEqual(
      all.map(({ text }) => text),
      turns.map(({ text }) => text),
    );
    assert.ok(all.every(({ id }) => isId(id)));
    assert.deepEqual([all[0]?.occurredAt, all[119]?.occurredAt], ['2023-05-08T13:56:00.000Z', undefined]);
  });
});
