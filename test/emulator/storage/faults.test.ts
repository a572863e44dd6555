/**
 * What a mutation leaves behind when the commit fails before it is applied, fails after it was applied, or is
 * never answered. Each mutation has a database behind a faulty link of its own, so that all are tried at once.
 *
 * What is guaranteed: one effect, however often the SDK repeats the call, and the usual answer. With a key also
 * however often the caller repeats it; whoever repeats it hears the answer of the first time, `replayed`.
 */
import assert from 'node:assert/strict';
import type { CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import type { MemoryManager } from '../../../functions/src/storage/memory-manager.ts';
import { openCounters } from '../../../functions/src/storage/open-counters.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type Fault, type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

/** gRPC status numbers. */
const DEADLINE_EXCEEDED = 4;
const PERMISSION_DENIED = 7;
const INTERNAL = 13;
const UNAVAILABLE = 14;

/** Milliseconds after which an impatient caller gives up: enough to get to the commit on a busy machine. */
const PATIENCE_MS = 1_000;

type Keyed = { readonly key?: string };
type Run = (on: MemoryManager, keyed: Keyed, call: CallContext) => Promise<object>;

/** Each mutation of a space that holds `m`, a turn in its second version, and nothing else. */
const MUTATIONS: Record<string, Run> = {
  add: (on, keyed, call) => on.add('s', { memories: [{ text: 'added' }], dedupe: 'off', ...keyed }, call),
  addWithId: (on, keyed, call) => on.add('s', { memories: [{ id: 'n', text: 'added' }], ...keyed }, call),
  append: (on, keyed, call) => {
    const messages = ['yes', 'yes'].map((text) => ({ role: 'user' as const, text }));
    return on.append('s', { session: 'c', messages, ...keyed }, call);
  },
  update: (on, keyed, call) => on.update('s', { id: 'm', changes: { text: 'updated' }, ...keyed }, call),
  updateOfVersion: (on, keyed, call) =>
    on.update('s', { id: 'm', changes: { text: 'updated' }, ifVersion: 2, ...keyed }, call),
  delete: (on, keyed, call) => on.delete('s', { id: 'm', ...keyed }, call),
  restore: (on, keyed, call) => on.restore('s', { id: 'm', version: 1, ...keyed }, call),
  deleteSession: (on, keyed, call) => on.deleteSession('s', { session: 'd', ...keyed }, call),
};

/** What is there before a mutation, and after exactly one: memories by text and version, and the past of `m`. */
const UNTOUCHED = { memories: ['second 2'], past: [2, 1] };
const ONCE: Record<string, typeof UNTOUCHED> = {
  add: { memories: ['added 1', 'second 2'], past: [2, 1] },
  addWithId: { memories: ['added 1', 'second 2'], past: [2, 1] },
  append: { memories: ['second 2', 'yes 1', 'yes 1'], past: [2, 1] },
  update: { memories: ['updated 3'], past: [3, 2, 1] },
  updateOfVersion: { memories: ['updated 3'], past: [3, 2, 1] },
  delete: { memories: [], past: [3, 2, 1] },
  restore: { memories: ['first 3'], past: [3, 2, 1] },
  deleteSession: { memories: [], past: [3, 2, 1] },
};

/** What each answers when all is well: versions and outcomes, or the version and the text. */
const USUAL: Record<string, unknown> = {
  add: ['1 created'],
  addWithId: ['1 created'],
  append: ['1 created', '1 created'],
  update: '3 updated',
  updateOfVersion: '3 updated',
  delete: 'm 3',
  restore: '3 first',
  deleteSession: '1 deleted',
};

/** How the history names what each does. */
const KINDS: Record<string, string> = {
  add: 'create',
  addWithId: 'create',
  append: 'create',
  update: 'update',
  updateOfVersion: 'update',
  delete: 'delete',
  restore: 'restore',
  deleteSession: 'delete',
};

/** What somebody else does to a memory meanwhile. */
const CHANGES = {
  update: (on: MemoryManager, id: string, call: CallContext) =>
    on.update('s', { id, changes: { importance: 1 } }, call),
  restore: (on: MemoryManager, id: string, call: CallContext) => on.restore('s', { id, version: 1 }, call),
};

/** What an answer says, without the ids that were made up. `replayed` is no part of the usual one. */
function outline(answer: object): unknown {
  assert.ok(!isReplayed(answer), JSON.stringify(answer));
  const { results, memory, id, version, deleted } = answer as Record<string, unknown>;
  if (Array.isArray(results)) return results.map((result) => `${result.version} ${result.outcome}`);
  if (deleted !== undefined) return `${deleted} deleted`;
  if (memory === undefined) return `${id} ${version}`;
  const { version: changed, text } = memory as { version: number; text: string };
  return `${changed} ${text}`;
}

/** One mutation at work: how to call it with its key, how to let it fail, and what it left. */
class Trial {
  readonly name: string;
  manager: MemoryManager;
  readonly #link: FaultyLink;
  #tenantId: string;

  constructor(name: string, link: FaultyLink) {
    this.name = name;
    this.#link = link;
    const { manager, tenantId } = openManager(undefined, databaseOf(name));
    this.manager = manager;
    this.#tenantId = tenantId;
  }

  /** Begins again, in another tenant. */
  async renew(): Promise<void> {
    this.failNext();
    const { manager, tenantId } = openManager(undefined, databaseOf(this.name));
    this.manager = manager;
    this.#tenantId = tenantId;
    await this.prepare();
  }

  async prepare(): Promise<void> {
    // So that the commit that fails is the one which an add tries without reading.
    const database = databaseOf(this.name);
    await openCounters(testDatabase(database), spaceOf(this.#tenantId, 's', database));
    const turn = { kind: 'message', role: 'user', sessionId: 'd' } as const;
    await this.manager.add('s', { memories: [{ id: 'm', text: 'first', ...turn }] }, callBy('ann'));
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
    assert.deepEqual(await differences(paths), [], this.name);
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

  it('after it was applied has one effect and the usual answer without a key too', () =>
    tryEach(async (trial) => {
      for (const status of [UNAVAILABLE, INTERNAL]) {
        trial.failNext({ when: 'after', status });
        const answer = await trial.run({});
        assert.ok(trial.commits >= 1);
        assert.deepEqual(outline(answer), USUAL[trial.name], trial.name);
        await trial.assertState(ONCE[trial.name]!, 0);
        await trial.renew();
      }
    }));

  it('before it is applied is repeated without a key too', () =>
    tryEach(async (trial) => {
      trial.failNext({ when: 'before', status: INTERNAL }, { when: 'after', status: INTERNAL });
      assert.deepEqual(outline(await trial.run({})), USUAL[trial.name], trial.name);
      await trial.assertState(ONCE[trial.name]!, 0);
    }));

  it('after it was applied does not undo what others did to the memory meanwhile', () =>
    tryEach(async (trial) => {
      const change = KINDS[trial.name] === 'delete' ? 'restore' : 'update';
      const ids: string[] = [];
      const meanwhile = async () => {
        const { memories } = await trial.manager.list('s', {}, callBy('ben'));
        const others = trial.name.startsWith('a') ? memories.filter(({ id }) => id !== 'm') : [{ id: 'm' }];
        ids.push(...others.map(({ id }) => id));
        for (const id of ids) await CHANGES[change](trial.manager, id, callBy('ben'));
      };
      trial.failNext({ when: 'after', status: INTERNAL, meanwhile });
      assert.deepEqual(outline(await trial.run({})), USUAL[trial.name], trial.name);
      assert.equal(ids.length, trial.name === 'append' ? 2 : 1);
      for (const id of ids) {
        const { revisions } = await trial.manager.history('s', { id }, callBy('ann'));
        const [last, own] = revisions.map((revision) => `${revision.change} by ${revision.by}`);
        const expected = KINDS[trial.name];
        assert.deepEqual([last, own], [`${change} by ben`, `${expected} by ann`], trial.name);
      }
    }));

  it('after it was applied does not bring back what others deleted meanwhile', () =>
    tryEach(
      async (trial) => {
        const ids: string[] = [];
        const meanwhile = async () => {
          const { memories } = await trial.manager.list('s', {}, callBy('ben'));
          const others = trial.name.startsWith('a') ? memories.filter(({ id }) => id !== 'm') : memories;
          ids.push(...others.map(({ id }) => id));
          for (const id of ids) await trial.manager.delete('s', { id }, callBy('ben'));
        };
        trial.failNext({ when: 'after', status: INTERNAL, meanwhile });
        assert.deepEqual(outline(await trial.run({})), USUAL[trial.name], trial.name);
        for (const id of ids) {
          await assert.rejects(
            trial.manager.get('s', id, callBy('ann')),
            failsWith('not-found', 'memory-not-found'),
          );
          const { revisions } = await trial.manager.history('s', { id }, callBy('ann'));
          assert.deepEqual([revisions[0]?.change, revisions[0]?.by], ['delete', 'ben'], trial.name);
        }
      },
      Object.keys(MUTATIONS).filter((name) => name !== 'delete'),
    ));
});
