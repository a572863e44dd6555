import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { SearchResult } from '../../../client/src/index.ts';
import { readConversation, type Turn } from '../../../tools/conversation/read-conversation.ts';
import { batchesOf } from '../../../tools/demo/import-conversation.ts';
import { questionsFor, recall, sampleQuestions } from '../../../tools/demo/questions.ts';
import { clip } from '../../../tools/demo/screen.ts';

const turn = (session: string, text: string, rest: Partial<Turn> = {}): Turn => ({
  session,
  at: null,
  speaker: 'user',
  role: 'user',
  text,
  ...rest,
});

const found = (...refs: string[]) =>
  refs.map((ref) => ({ memory: { metadata: { ref } } }) as unknown as SearchResult);

describe('the conversation of the demo', () => {
  const sample = new URL('../../../tools/demo/sample-conversation.jsonl', import.meta.url);
  const { turns } = readConversation(fileURLToPath(sample));

  it('has forty turns with a ref of their own in four sessions, each of them dated', () => {
    assert.equal(turns.length, 40);
    assert.equal(new Set(turns.map(({ ref }) => ref)).size, 40);
    assert.equal(new Set(turns.map(({ session }) => session)).size, 4);
    assert.ok(turns.every(({ at }) => at !== null));
  });

  it('holds the evidence of each of its five questions', () => {
    const refs = new Set(turns.map(({ ref }) => ref));
    const questions = sampleQuestions();
    assert.equal(questions.length, 5);
    for (const { question, evidence } of questions) {
      assert.ok(evidence.length > 0 && evidence.every((ref) => refs.has(ref)), question);
    }
  });
});

describe('batchesOf', () => {
  it('keeps sessions and turns in order, also when sessions alternate', () => {
    const turns = [turn('b', '1'), turn('a', '2'), turn('b', '3')];
    assert.deepEqual(
      batchesOf(turns).map(({ session, messages }) => [session, ...messages.map(({ text }) => text)]),
      [
        ['b', '1', '3'],
        ['a', '2'],
      ],
    );
  });

  it('sends what is known of a turn and nothing that is not', () => {
    const at = '2026-03-01T12:00:00.000Z';
    assert.deepEqual(batchesOf([turn('s', 'Hi', { at, ref: 'D1:1', role: 'assistant' }), turn('s', 'Ho')]), [
      {
        session: 's',
        messages: [
          { role: 'assistant', text: 'Hi', occurredAt: at, metadata: { ref: 'D1:1' } },
          { role: 'user', text: 'Ho' },
        ],
      },
    ]);
  });

  it('begins a new call at a hundred messages and at half a MiB of text', () => {
    const sizes = (turns: Turn[]) => batchesOf(turns).map(({ messages }) => messages.length);
    assert.deepEqual(sizes(Array.from({ length: 201 }, () => turn('s', 'x'))), [100, 100, 1]);
    assert.deepEqual(sizes(Array.from({ length: 17 }, () => turn('s', 'x'.repeat(32 * 1_024)))), [16, 1]);
  });
});

describe('questions of the demo', () => {
  it('are the first ten of a conversation', () => {
    const questions = Array.from({ length: 12 }, (_, n) => ({ question: String(n), evidence: ['r'] }));
    assert.deepEqual(questionsFor({ id: 'c', turns: [], questions }), questions.slice(0, 10));
  });

  it('are general ones without evidence where there are none', () => {
    const questions = questionsFor({ id: 'c', turns: [], questions: [] });
    assert.ok(questions.length > 0 && questions.every(({ evidence }) => evidence.length === 0));
  });

  it('are measured by the share of their evidence that is found', () => {
    const question = { question: 'q', evidence: ['D1:1', 'D1:2'] };
    assert.equal(recall(question, found('D1:2', 'D9:9')), 0.5);
    assert.equal(recall(question, found('D9:9')), 0);
    assert.equal(recall({ question: 'q', evidence: [] }, found('D1:1')), null);
  });
});

describe('clip', () => {
  it('shortens to one line of 88 characters and cuts no emoji in half', () => {
    assert.equal(clip(' a\n b '), 'a b');
    assert.equal(clip('💪'.repeat(88)), '💪'.repeat(88));
    assert.equal(clip('💪'.repeat(89)), `${'💪'.repeat(87)}…`);
  });
});
