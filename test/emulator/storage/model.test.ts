/**
 * Random histories of a space, held against a model of it. A failure prints the seed and the shortest history
 * that fails; `MODEL_SEED` runs it again, `MODEL_RUNS` (24 by default) runs more histories.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StorageError } from '../../../functions/src/errors.ts';
import type { CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import type { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { differences } from '../../support/differences.ts';
import { MemoryModel, type ModelContent, type Outcome } from '../../support/memory-model.ts';
import { openManager, spaceOf } from '../../support/storage.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 24);
const SEED = Number(process.env.MODEL_SEED ?? 20_240_517);
const BEGIN = Date.UTC(2024, 4, 17);

/** Few of everything, so that they meet. */
const ids = fc.constantFrom('a', 'b', 'c');
const texts = fc.constantFrom('red', 'green', 'blue');
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const common = {
  by: fc.constantFrom('ann', 'ben', 'cid'),
  /** Seconds that pass before the call. */
  passes: fc.constantFrom(0, 0, 1, 40),
  key: fc.option(fc.constantFrom('k', 'l'), { nil: undefined, freq: 4 }),
};
const ttl = maybe(fc.constantFrom(1, 60));
/** The version that the caller says it saw, counted back from the newest; -1 is one that is not there yet. */
const behind = maybe(fc.constantFrom(0, 0, 1, -1));

const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('add' as const),
      ...common,
      id: maybe(ids),
      text: texts,
      ttl,
      dedupe: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('update' as const),
      ...common,
      id: ids,
      text: maybe(texts),
      importance: fc.constantFrom(0, 1),
      ttl,
      behind,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('delete' as const), ...common, id: ids, behind }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('restore' as const),
      ...common,
      id: ids,
      version: fc.integer({ min: 1, max: 4 }),
      behind,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('append' as const), ...common, text: texts }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('deleteSession' as const), ...common }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const present = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** What really happens: the answer, or the reason of the error. An error inside the service is a failure. */
async function outcomeOf(call: Promise<object>): Promise<Outcome & { replayed?: true }> {
  try {
    const { replayed, ...answer } = (await call) as { replayed?: boolean };
    return { answer, ...(replayed === true && { replayed }) };
  } catch (error) {
    if (!(error instanceof StorageError) || error.code === 'internal') throw error;
    return { refused: error.details.reason };
  }
}

const contentOf = (memory: {
  text: string;
  importance: number;
  sessionId?: string;
  expiresAt: string | null;
}) => ({
  text: memory.text,
  importance: memory.importance,
  session: memory.sessionId ?? null,
  expiresAt: memory.expiresAt === null ? null : Date.parse(memory.expiresAt),
});

/** A space and its model, at the same time of day. */
class Bench {
  readonly model: MemoryModel;
  readonly manager: FirestoreMemoryManager;
  readonly #tenantId: string;
  now = BEGIN;

  constructor(tenantId?: string, model = new MemoryModel()) {
    const opened = openManager(tenantId);
    this.manager = opened.manager;
    this.#tenantId = opened.tenantId;
    this.model = model;
  }

  /** The same space with a model of its own, so that one order of calls can be tried. */
  fork(): Bench {
    const fork = new Bench(this.#tenantId, this.model.copy());
    fork.now = this.now;
    return fork;
  }

  call(by: string): CallContext {
    return { actor: by, now: this.now };
  }

  ifVersion(id: string, behind: number | undefined): number | undefined {
    return behind === undefined ? undefined : Math.max(1, this.model.version(id) - behind);
  }

  /** Does one operation in truth. */
  perform(operation: Operation, ifVersion: number | undefined): Promise<Outcome & { replayed?: true }> {
    const { manager } = this;
    const { by, key } = operation;
    const call = this.call(by);
    const bounds = present({ key, ifVersion });
    if (operation.op === 'add') {
      const { id, text, ttl, dedupe } = operation;
      const memories = [{ text, ...present({ id, ttlSeconds: ttl }) }];
      return outcomeOf(
        manager.add('s', { memories, dedupe: dedupe ? 'exact' : 'off', ...present({ key }) }, call),
      );
    }
    if (operation.op === 'append') {
      const messages = [operation.text, operation.text].map((text) => ({ role: 'user' as const, text }));
      return outcomeOf(manager.append('s', { session: 'c', messages, ...present({ key }) }, call));
    }
    if (operation.op === 'deleteSession') {
      return outcomeOf(manager.deleteSession('s', { session: 'c', ...present({ key }) }, call));
    }
    if (operation.op === 'update') {
      const { id, text, importance, ttl } = operation;
      const changes = { importance, ...present({ text, ttlSeconds: ttl }) };
      return outcomeOf(manager.update('s', { id, changes, ...bounds }, call));
    }
    const { id } = operation;
    if (operation.op === 'delete') return outcomeOf(manager.delete('s', { id, ...bounds }, call));
    return outcomeOf(manager.restore('s', { id, version: operation.version, ...bounds }, call));
  }

  /** Holds one real outcome against the model, and lets the model do the same. */
  follow(operation: Operation, ifVersion: number | undefined, real: Outcome & { replayed?: true }): void {
    const { by: _, passes: __, key, ...rest } = operation;
    const body = 'behind' in rest ? { ...rest, behind: ifVersion } : rest;
    const expected = this.model.once(operation.by, key, body, () =>
      this.#foresee(operation, ifVersion, real),
    );
    const shown = (outcome: Outcome & { replayed?: true }) => JSON.parse(JSON.stringify(outcome));
    const seen = 'answer' in real ? { ...real, answer: this.#reduced(operation, real.answer) } : real;
    assert.deepEqual(shown(seen), shown(expected), JSON.stringify(operation));
  }

  /** What the model says; ids that the service made up, and the twin that it chose, are taken from the answer. */
  #foresee(operation: Operation, ifVersion: number | undefined, real: Outcome): Outcome {
    const { by } = operation;
    const { now, model } = this;
    const expiresAt = 'ttl' in operation && operation.ttl !== undefined ? now + operation.ttl * 1_000 : null;
    if (operation.op === 'add') {
      const content: ModelContent = { text: operation.text, importance: 0.5, session: null, expiresAt };
      const answered = resultsOf(real)[0];
      const twins = operation.dedupe ? model.twins(content, now) : [];
      if (answered?.outcome === 'duplicate' && twins.includes(answered.id)) {
        return { answer: { ...answered, version: model.version(answered.id) } };
      }
      return model.add({ id: operation.id ?? answered?.id ?? '?', by, now }, content, operation.dedupe);
    }
    if (operation.op === 'append') {
      const content: ModelContent = { text: operation.text, importance: 0.5, session: 'c', expiresAt: null };
      const added = [0, 1].map((n) =>
        model.add({ id: resultsOf(real)[n]?.id ?? '?', by, now }, content, false),
      );
      return { answer: added.map((outcome) => ('answer' in outcome ? outcome.answer : outcome)) };
    }
    if (operation.op === 'deleteSession') return model.deleteSession('c', by, now);
    const change = { id: operation.id, by, now, ifVersion };
    if (operation.op === 'delete') return model.delete(change);
    if (operation.op === 'restore') return model.restore(change, operation.version);
    const { text, importance } = operation;
    const changes = {
      importance,
      ...(text !== undefined && { text }),
      ...(expiresAt !== null && { expiresAt }),
    };
    return model.update(change, changes);
  }

  /** An answer in the words of the model. */
  #reduced(operation: Operation, answer: unknown): unknown {
    if (operation.op === 'add') return resultsOf({ answer })[0];
    if (operation.op === 'append') return resultsOf({ answer });
    if (operation.op === 'delete' || operation.op === 'deleteSession') return answer;
    const { memory } = answer as Awaited<ReturnType<FirestoreMemoryManager['update']>>;
    return { version: memory.version, ...contentOf(memory) };
  }

  /** Every read answers what the model says, and all that is derived is right. */
  async assertReads(): Promise<void> {
    const { manager, model, now } = this;
    const call = this.call('ann');
    const { memories } = await manager.list('s', { limit: 100 }, call);
    assert.deepEqual(memories.map(({ id }) => id).toSorted(), model.all(now));
    for (const memory of memories) {
      assert.deepEqual(contentOf(memory), model.living(memory.id, now));
      assert.equal(memory.version, model.version(memory.id));
    }
    await Promise.all([...model.past].map(([id, versions]) => this.#assertPast(id, versions)));
    const turns = await manager.turns('s', { session: 'c', limit: 100 }, call);
    const inSession = model.all(now).filter((id) => model.living(id, now)?.session === 'c');
    assert.deepEqual(turns.messages.map(({ id }) => id).toSorted(), inSession);
    const { sessions } = await manager.sessions('s', {}, call);
    const counts = inSession.length === 0 ? [] : [['c', inSession.length]];
    assert.deepEqual(
      sessions.map(({ id, count }) => [id, count]),
      counts,
    );
    assert.deepEqual(await differences(spaceOf(this.#tenantId, 's')), []);
  }

  async #assertPast(id: string, versions: MemoryModel['past'] extends Map<string, infer V> ? V : never) {
    const call = this.call('ann');
    const living = this.model.living(id, this.now);
    const got = await outcomeOf(this.manager.get('s', id, call));
    assert.equal('answer' in got, living !== null);
    const history = await outcomeOf(this.manager.history('s', { id, limit: 100 }, call));
    if (this.model.isOver(id, this.now)) {
      assert.deepEqual(history, { refused: 'memory-not-found' });
      return;
    }
    assert.ok('answer' in history);
    const { revisions } = history.answer as Awaited<ReturnType<FirestoreMemoryManager['history']>>;
    assert.deepEqual(
      revisions.map(({ version, change, by, memory }) => ({
        version,
        change,
        by,
        content: memory && contentOf(memory),
      })),
      versions
        .map(({ lapsed, ...version }, place) => ({ version: place + 1, ...version, lapsed }))
        .filter(({ lapsed }) => !lapsed)
        .map(({ lapsed: _, endsAt: __, ...version }) => version)
        .toReversed(),
    );
  }
}

function resultsOf(outcome: Outcome): readonly { id: string; version: number; outcome: string }[] {
  if (!('answer' in outcome)) return [];
  return (outcome.answer as { results: { id: string; version: number; outcome: string }[] }).results;
}

const parameters = { seed: SEED, numRuns: RUNS, endOnFailure: false, interruptAfterTimeLimit: 50_000 };

describe('random histories of a space', () => {
  it(`answer, one call after another, as the model does (seed ${SEED})`, () =>
    fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 4, maxLength: 14 }), async (operations) => {
        const bench = await inhabited();
        for (const operation of operations) {
          bench.now += operation.passes * 1_000;
          const ifVersion =
            'behind' in operation ? bench.ifVersion(operation.id, operation.behind) : undefined;
          bench.follow(operation, ifVersion, await bench.perform(operation, ifVersion));
        }
        await bench.assertReads();
      }),
      parameters,
    ));

  it(`answer calls that come at once as if they came in some order (seed ${SEED})`, () =>
    fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 2, maxLength: 4 }), async (operations) => {
        const bench = await inhabited();
        const versions = operations.map((one) =>
          'behind' in one ? bench.ifVersion(one.id, one.behind) : undefined,
        );
        const real = await Promise.all(operations.map((one, n) => bench.perform(one, versions[n])));
        const orders = permutations(operations.map((_, n) => n));
        const failures: unknown[] = [];
        for (const order of orders) {
          const attempt = bench.fork();
          try {
            for (const n of order) attempt.follow(operations[n]!, versions[n], real[n]!);
            await attempt.assertReads();
            return;
          } catch (error) {
            failures.push(error);
          }
        }
        assert.fail(`no order explains ${JSON.stringify(real)}: ${failures.join('\n')}`);
      }),
      { ...parameters, numRuns: Math.ceil(RUNS / 4) },
    ));
});

/** A space in which there is something to change. */
async function inhabited(): Promise<Bench> {
  const bench = new Bench();
  const common = { op: 'add', by: 'ann', passes: 0, key: undefined, ttl: undefined, dedupe: true } as const;
  for (const [id, text] of [
    ['a', 'red'],
    ['b', 'green'],
    ['c', 'blue'],
  ] as const) {
    const add: Operation = { ...common, id, text };
    bench.follow(add, undefined, await bench.perform(add, undefined));
  }
  return bench;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
