import assert from 'node:assert/strict';
import type { BatchOutcome, BatchStep } from '../../../functions/src/storage/memory-manager.ts';
import { failsWith } from '../fails-with.ts';
import { by, type MakeManager, newTenant } from './subject.ts';

/** A step that adds one memory. */
function adds(input: { id?: string; text: string; sessionId?: string }, key?: string): BatchStep {
  const memory = { kind: 'message', role: 'user' as const, ...input };
  return { op: 'add', spaces: ['s'], request: { memories: [memory], ...(key !== undefined && { key }) } };
}

function errorOf(outcome: BatchOutcome | undefined): unknown {
  assert.equal(outcome?.ok, false);
  return outcome.error;
}

/** `batch`: several operations in one call. */
export function describeBatch(make: MakeManager): void {
  describe('batch', () => {
    it('does each operation as its own method would, and each sees what those before it did', async () => {
      const manager = make(newTenant());
      const spaces = ['s'] as const;
      const steps: BatchStep[] = [
        adds({ id: 'm', text: 'the zebra sleeps' }),
        { op: 'get', spaces, request: { id: 'm' } },
        { op: 'update', spaces, request: { id: 'm', changes: { text: 'the zebra wakes' }, ifVersion: 1 } },
        { op: 'search', spaces: ['s', 't'], request: { query: 'zebra' } },
        { op: 'list', spaces, request: { filter: { text: { contains: 'wakes' } } } },
        { op: 'purge', spaces, request: { filter: { all: true } } },
        { op: 'delete', spaces, request: { id: 'm' } },
        { op: 'history', spaces, request: { id: 'm' } },
        { op: 'restore', spaces, request: { id: 'm', version: 1 } },
        { op: 'purge', spaces, request: { filter: { all: true }, dryRun: false } },
      ];
      const outcomes = await manager.batch(steps, by('ann'));
      const values = outcomes.map((outcome) => {
        assert.ok(outcome.ok, outcome.ok ? '' : String(outcome.error));
        return JSON.parse(JSON.stringify(outcome.value));
      });
      assert.equal(values[1].memory.text, 'the zebra sleeps');
      assert.equal(values[2].memory.version, 2);
      assert.deepEqual([values[3].results.length, values[4].memories.length], [1, 1]);
      assert.deepEqual([values[5].matched, values[5].deleted, values[6].version], [1, 0, 3]);
      assert.equal(values[7].revisions.length, 3);
      assert.deepEqual([values[8].memory.text, values[9].deleted], ['the zebra sleeps', 1]);
    });

    it('goes on after a failure, and tells it in its place', async () => {
      const manager = make(newTenant());
      const outcomes = await manager.batch(
        [
          adds({ id: 'm', text: 'first' }),
          { op: 'get', spaces: ['s'], request: { id: 'none' } },
          { op: 'list', spaces: ['s'], request: { filter: { nothing: 1 } } },
          { op: 'delete', spaces: ['s'], request: { id: 'm' } },
        ],
        by('ann'),
      );
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [true, false, false, true],
      );
      failsWith('not-found', 'memory-not-found')(errorOf(outcomes[1]));
      failsWith('invalid-argument', 'invalid-filter')(errorOf(outcomes[2]));
    });

    it('keeps the order of turns that its operations add, each of them later than the one before', async () => {
      const manager = make(newTenant());
      const texts = Array.from({ length: 12 }, (_, place) => `turn ${place}`);
      await manager.batch(
        texts.map((text) => adds({ text, sessionId: 'c' })),
        by('ann'),
      );
      const { messages } = await manager.turns('s', { session: 'c' }, by('ann', 60_000));
      assert.deepEqual(
        messages.map(({ text }) => text),
        texts,
      );
      const times = messages.map(({ occurredAt }) => occurredAt);
      assert.deepEqual([...new Set(times)].sort(), times);
    });

    it('that is repeated with the keys of its operations does each once', async () => {
      const manager = make(newTenant());
      const steps: BatchStep[] = [
        adds({ text: 'one' }, 'k1'),
        adds({ id: 'm', text: 'two' }, 'k2'),
        { op: 'update', spaces: ['s'], request: { id: 'm', changes: { importance: 1 }, key: 'k3' } },
        { op: 'delete', spaces: ['s'], request: { id: 'm', key: 'k4' } },
      ];
      const first = await manager.batch(steps, by('ann'));
      const again = await manager.batch(steps, by('ann', 5_000));
      assert.deepEqual(
        again,
        first.map((outcome) => ({
          ...outcome,
          ...(outcome.ok && { value: { ...outcome.value, replayed: true } }),
        })),
      );
      const { memories } = await manager.list('s', {}, by('ann', 6_000));
      assert.deepEqual(
        memories.map(({ text }) => text),
        ['one'],
      );
    });

    it('that is over before it begins does nothing', async () => {
      const manager = make(newTenant());
      const gone = { ...by('ann'), signal: AbortSignal.abort() };
      const outcomes = await manager.batch([adds({ text: 'one' }), adds({ text: 'two' })], gone);
      for (const outcome of outcomes) failsWith('cancelled', 'cancelled')(errorOf(outcome));
      assert.deepEqual((await manager.list('s', {}, by('ann'))).memories, []);
    });
  });
}
