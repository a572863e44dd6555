/**
 * What a mutation leaves behind when the commit fails before it is applied, fails after it was applied, or is
 * never answered. Each mutation has a database behind a faulty link of its own, so that all are tried at once.
 *
 * What is guaranteed with a key: one effect, however often the SDK or the caller repeats the call, and the
 * answer of the first time. Without a key the SDK still repeats a transaction whose answer was lost. Then:
 * - an add or append of memories without ids of their own has one effect, and the usual answer
 * - an add of a memory with an id has one effect; the answer may be `duplicate`, or `already-exists`
 * - an update with `ifVersion` and a delete have one effect; the answer may be `aborted`, or `not-found`
 * - an update without `ifVersion` and a restore leave the content that was asked for, maybe as two versions
 */
import assert from 'node:assert/strict';
import type { CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import type { MemoryManager } from '../../../functions/src/storage/memory-manager.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type Fault, type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { callBy, inconsistencies, openManager, spaceOf } from '../../support/storage.ts';

/** gRPC status numbers. */
const DEADLINE_EXCEEDED = 4;
const PERMISSION_DENIED = 7;
const INTERNAL = 13;
const UNAVAILABLE = 14;

/** Milliseconds after which an impatient caller gives up: enough to get to the commit on a busy machine. */
const PATIENCE_MS = 1_000;

type Keyed = { readonly key?: string };
type Run = (on: MemoryManager, keyed: Keyed, call: CallContext) => Promise<object>;

/** Each mutation of a space that holds `m`, in its second version, and nothing else. */
const MUTATIONS: Record<string, Run> = {
  add: (on, keyed, call) => on.add('s', { memories: [{ text: 'added' }], dedupe: 'off', ...keyed }, call),
  append: (on, keyed, call) => {
    const messages = ['yes', 'yes'].map((text) => ({ role: 'user' as const, text }));
    return on.append('s', { session: 'c', messages, ...keyed }, call);
  },
  update: (on, keyed, call) => on.update('s', { id: 'm', changes: { text: 'updated' }, ...keyed }, call),
  delete: (on, keyed, call) => on.delete('s', { id: 'm', ...keyed }, call),
  restore: (on, keyed, call) => on.restore('s', { id: 'm', version: 1, ...keyed }, call),
};

/** What is there before a mutation, and after exactly one: memories by text and version, and the past of `m`. */
const UNTOUCHED = { memories: ['second 2'], past: [2, 1] };
const ONCE: Record<string, typeof UNTOUCHED> = {
  add: { memories: ['added 1', 'second 2'], past: [2, 1] },
  append: { memories: ['second 2', 'yes 1', 'yes 1'], past: [2, 1] },
  update: { memories: ['updated 3'], past: [3, 2, 1] },
  delete: { memories: [], past: [3, 2, 1] },
  restore: { memories: ['first 3'], past: [3, 2, 1] },
};

/** One mutation at work: how to call it with its key, how to let it fail, and what it left. */
class Trial {
  readonly name: string;
  readonly manager: MemoryManager;
  readonly #link: FaultyLink;
  readonly #tenantId: string;

  constructor(name: string, link: FaultyLink) {
    this.name = name;
    this.#link = link;
    const { manager, tenantId } = openManager(undefined, databaseOf(name));
    this.manager = manager;
    this.#tenantId = tenantId;
  }

  async prepare(): Promise<void> {
    await this.manager.add('s', { memories: [{ id: 'm', text: 'first' }] }, callBy('ann'));
    await this.manager.update('s', { id: 'm', changes: { text: 'second' } }, callBy('ann'));
  }

  failNext(...faults: readonly (Fault | null)[]): void {
    this.#link.failNext(...faults);
  }

  get commits(): number {
    return this.#link.commits;
  }

  /** Makes the call; it gives up after some milliseconds if it is told to. */
  run(keyed: Keyed = { key: 'k' }, patience?: number): Promise<object> {
    const bounds = patience === undefined ? {} : { deadline: Date.now() + patience };
    return MUTATIONS[this.name]!(this.manager, keyed, callBy('ann', bounds));
  }

  /** Asserts what is stored: memories, past, index, counters and receipts fit together. */
  async assertState(expected: typeof UNTOUCHED, receipts: number): Promise<void> {
    const paths = spaceOf(this.#tenantId, 's', databaseOf(this.name));
    const { memories } = await this.manager.list('s', { limit: 100 }, callBy('ann'));
    const { revisions } = await this.manager.history('s', { id: 'm' }, callBy('ann'));
    const state = {
      memories: memories.map(({ text, version }) => `${text} ${version}`).toSorted(),
      past: revisions.map(({ version }) => version),
    };
    assert.deepEqual(state, expected, this.name);
    assert.equal((await paths.space.collection('receipts').get()).size, receipts, this.name);
    assert.deepEqual(await inconsistencies(paths), [], this.name);
  }

  /** Asserts one effect, and that whoever repeats the call hears the answer of the first time. */
  async assertOnce(answer: object): Promise<void> {
    this.failNext();
    await this.assertState(ONCE[this.name]!, 1);
    assert.deepEqual(await this.run(), { ...answer, replayed: true }, this.name);
    await this.assertState(ONCE[this.name]!, 1);
  }
}

function databaseOf(name: string): string {
  return `faults-${name}`;
}

/** True iff the answer is that of an earlier attempt. */
function isReplayed(answer: object): boolean {
  return 'replayed' in answer && answer.replayed === true;
}

describe('a commit that fails', () => {
  const links = new Map<string, FaultyLink>();

  before(async () => {
    for (const name of Object.keys(MUTATIONS)) links.set(name, await openFaultyLink(databaseOf(name)));
  });

  after(async () => {
    await Promise.all([...links.values()].map((link) => link.close()));
  });

  /** Tries the named mutations at once, each in a tenant of its own. */
  const tryEach = async (work: (trial: Trial) => Promise<void>, names = Object.keys(MUTATIONS)) => {
    await Promise.all(
      names.map(async (name) => {
        const trial = new Trial(name, links.get(name)!);
        await trial.prepare();
        await work(trial);
      }),
    );
  };

  const repeatedBySdk: [string, readonly Fault[], boolean][] = [
    ['before it is applied', [{ when: 'before', status: UNAVAILABLE }], false],
    ['before it is applied, out of time', [{ when: 'before', status: DEADLINE_EXCEEDED }], false],
    ['after it was applied', [{ when: 'after', status: UNAVAILABLE }], true],
    ['after it was applied, out of time', [{ when: 'after', status: DEADLINE_EXCEEDED }], true],
    [
      'twice before it is applied and once after it',
      [
        { when: 'before', status: INTERNAL },
        { when: 'before', status: UNAVAILABLE },
        { when: 'after', status: INTERNAL },
      ],
      true,
    ],
  ];
  for (const [name, faults, replayed] of repeatedBySdk) {
    it(`${name} is repeated by the SDK, and every mutation has one effect and the right answer`, () =>
      tryEach(async (trial) => {
        trial.failNext(...faults);
        const answer = await trial.run();
        assert.ok(trial.commits >= faults.length, `${trial.name}: ${trial.commits} commits`);
        assert.equal(isReplayed(answer), replayed, trial.name);
        await trial.assertOnce(answer);
      }));
  }

  it('for good, before it is applied, leaves nothing, and the repetition does it', () =>
    tryEach(async (trial) => {
      trial.failNext({ when: 'before', status: PERMISSION_DENIED });
      await assert.rejects(trial.run(), failsWith('internal', 'service-account-denied'));
      assert.equal(trial.commits, 1);
      await trial.assertState(UNTOUCHED, 0);
      const answer = await trial.run();
      assert.equal(isReplayed(answer), false);
      await trial.assertOnce(answer);
    }));

  it('for good, after it was applied, leaves all of it, and the repetition tells what was done', () =>
    tryEach(async (trial) => {
      trial.failNext({ when: 'after', status: PERMISSION_DENIED });
      await assert.rejects(trial.run(), failsWith('internal', 'service-account-denied'));
      await trial.assertState(ONCE[trial.name]!, 1);
      const answer = await trial.run();
      assert.equal(isReplayed(answer), true);
      await trial.assertOnce(answer);
    }));

  for (const [name, status] of [
    // The SDK would run the transaction again, and is kept from it.
    ['is not tried again behind its back', INTERNAL],
    // The gRPC layer sends the same commit once more; it may still take effect, as the error says.
    ['has one effect in all', UNAVAILABLE],
  ] as const) {
    it(`whose caller gives up before it fails ${name}, and the repetition does it`, () =>
      tryEach(async (trial) => {
        const givenUp = Promise.withResolvers<void>();
        trial.failNext({ when: 'before', status, meanwhile: () => givenUp.promise });
        const call = trial.run({ key: 'k' }, PATIENCE_MS);
        await assert.rejects(call, failsWith('deadline-exceeded', 'deadline'));
        givenUp.resolve();
        if (status === INTERNAL) await trial.assertState(UNTOUCHED, 0);
        const { replayed: _, ...answer } = (await trial.run()) as { replayed?: boolean };
        if (status === INTERNAL) assert.equal(trial.commits, 2, trial.name);
        await trial.assertOnce(answer);
      }));
  }

  it('to be answered ends the call at its deadline, and the repetition tells what was done', () =>
    tryEach(async (trial) => {
      trial.failNext({ when: 'unanswered' });
      const call = trial.run({ key: 'k' }, PATIENCE_MS);
      await assert.rejects(call, failsWith('deadline-exceeded', 'deadline'));
      assert.equal(trial.commits, 1);
      await trial.assertState(ONCE[trial.name]!, 1);
      const answer = await trial.run();
      assert.equal(isReplayed(answer), true, trial.name);
      await trial.assertOnce(answer);
    }));

  it('after it was applied adds and appends once without a key too', () =>
    tryEach(
      async (trial) => {
        trial.failNext({ when: 'after', status: UNAVAILABLE });
        const answer = await trial.run({});
        const { results } = answer as Awaited<ReturnType<MemoryManager['append']>>;
        assert.ok(results.every(({ version, outcome }) => version === 1 && outcome === 'created'));
        await trial.assertState(ONCE[trial.name]!, 0);
      },
      ['add', 'append'],
    ));

  it('after it was applied does not undo what others made of an added memory meanwhile', () =>
    tryEach(
      async (trial) => {
        for (const [text, dedupe, change] of [
          ['compared and changed', 'exact', 'update'],
          ['compared and deleted', 'exact', 'delete'],
          ['only changed', 'off', 'update'],
          ['only deleted', 'off', 'delete'],
        ] as const) {
          const meanwhile = async () => {
            const { memories } = await trial.manager.list('s', { filter: { text } }, callBy('ben'));
            const { id } = memories[0]!;
            if (change === 'delete') await trial.manager.delete('s', { id }, callBy('ben'));
            else await trial.manager.update('s', { id, changes: { importance: 1 } }, callBy('ben'));
          };
          trial.failNext({ when: 'after', status: INTERNAL, meanwhile });
          const { results } = await trial.manager.add('s', { memories: [{ text }], dedupe }, callBy('ann'));
          const { id, ...result } = results[0]!;
          assert.deepEqual(result, { version: 1, outcome: 'created' }, text);
          const { revisions } = await trial.manager.history('s', { id }, callBy('ann'));
          const past = revisions.map((revision) => `${revision.change} by ${revision.by}`);
          assert.deepEqual(past, [`${change} by ben`, 'create by ann'], text);
        }
      },
      ['add'],
    ));

  it('after it was applied changes once without a key too, where the call names a version or deletes', () =>
    tryEach(
      async (trial) => {
        trial.failNext({ when: 'after', status: INTERNAL });
        if (trial.name === 'delete') {
          await assert.rejects(trial.run({}), failsWith('not-found', 'memory-not-found'));
        } else {
          const request = { id: 'm', changes: { text: 'updated' }, ifVersion: 2 };
          const update = trial.manager.update('s', request, callBy('ann'));
          await assert.rejects(update, failsWith('aborted', 'version-mismatch'));
        }
        await trial.assertState(ONCE[trial.name]!, 0);
      },
      ['update', 'delete'],
    ));

  it('after it was applied changes to what was asked for without a key, maybe in two versions', () =>
    tryEach(
      async (trial) => {
        trial.failNext({ when: 'after', status: INTERNAL });
        await trial.run({});
        const [memory] = ONCE[trial.name]!.memories;
        const twice = { memories: [memory!.replace('3', '4')], past: [4, 3, 2, 1] };
        await trial.assertState(twice, 0);
      },
      ['update', 'restore'],
    ));
});
