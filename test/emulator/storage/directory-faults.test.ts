/**
 * What a change of agent data, of the directory of a tenant or of its jobs leaves behind when its commit fails before
 * it is applied, fails after it was applied, or is never answered. Memories are in `faults.test.ts`, deletions of
 * spaces in `space-deletion-faults.test.ts`.
 */
import assert from 'node:assert/strict';
import type { CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import { TenantDirectory } from '../../../functions/src/storage/tenant-directory.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type FaultyLink, openFaultyLink, unanswered } from '../../support/faulty-link.ts';
import { openTenant } from '../../support/jobs.ts';
import { callBy, freshId, openAgentData, SILENT, spaceOf, testDatabase } from '../../support/storage.ts';

const DATABASE = 'faults-directory';

/** gRPC status numbers: one after which the SDK runs the transaction again, and one after which nobody does. */
const INTERNAL = 13;
const PERMISSION_DENIED = 7;

const KEEPING = { receiptMs: 60_000, retentionMs: 60_000 };
const RECORD = { agentId: 'planner', type: 'plan' };

type Keyed = { readonly key?: string };
type Answer = { readonly replayed?: boolean };

/** What a caller hears: the whole answer, and what it says, with what is found by an id that was made up. */
type Heard = { readonly answer: Answer; readonly says: string };

/** One tenant, with a job and a record that are there before the change. */
interface Scene {
  readonly tenant: Awaited<ReturnType<typeof openTenant>>;
  readonly data: ReturnType<typeof openAgentData>;
  readonly jobId: string;
  readonly recordId: string;
}

/** What is stored of a tenant, in few words. */
interface State {
  readonly tenant: string;
  readonly members: readonly string[];
  readonly spaces: readonly string[];
  readonly jobs: readonly string[];
  readonly records: readonly string[];
}

const BEFORE: State = {
  tenant: 'Acme {}',
  members: ['ada admin active', 'ed editor active', 'eve editor active', 'owen owner active'],
  spaces: ['Team shared {"eve":"write"}'],
  jobs: ['verify queued'],
  records: ['1'],
};

/** A change: how it is made, what it does to the state, and what its answer says. */
interface Change {
  readonly run: (scene: Scene, keyed: Keyed, call: CallContext) => Promise<Heard>;
  readonly effect: Partial<State>;
  readonly says: string;
}

const CHANGES: Record<string, Change> = {
  'agentData.add': {
    run: async ({ data }, keyed, call) => {
      const answer = await data.add('team', { ...RECORD, content: 2, ...keyed }, call);
      const record = await data.get('team', answer.id, callBy('ada'));
      return { answer, says: `${record.content} by ${record.createdBy}` };
    },
    effect: { records: ['1', '2'] },
    says: '2 by ada',
  },
  'agentData.delete': {
    run: async ({ data, recordId }, keyed, call) => {
      const answer = await data.delete('team', { id: recordId, ...keyed }, call);
      return { answer, says: answer.id === recordId ? 'the record' : answer.id };
    },
    effect: { records: [] },
    says: 'the record',
  },
  'tenant.settings': {
    run: async ({ tenant }, keyed, call) => {
      const answer = await tenant.directory.settings({ changes: { retentionDays: 7 }, ...keyed }, call);
      return { answer, says: `${answer.settings.retentionDays} days` };
    },
    effect: { tenant: 'Acme {"retentionDays":7}' },
    says: '7 days',
  },
  'tenant.setMember': {
    run: async ({ tenant }, keyed, call) => {
      const answer = await tenant.directory.setMember({ uid: 'new', role: 'viewer', ...keyed }, call);
      return { answer, says: `${answer.member.uid} ${answer.member.role}` };
    },
    effect: { members: [...BEFORE.members, 'new viewer active'].toSorted() },
    says: 'new viewer',
  },
  'tenant.removeMember': {
    run: async ({ tenant }, keyed, call) => {
      const answer = await tenant.directory.removeMember({ uid: 'eve', ...keyed }, call);
      return { answer, says: `${answer.member.uid} ${answer.member.status}` };
    },
    // The grants of whoever is removed end with the membership.
    effect: {
      members: ['ada admin active', 'ed editor active', 'eve editor removed', 'owen owner active'],
      spaces: ['Team shared {}'],
    },
    says: 'eve removed',
  },
  'space.create': {
    run: async ({ tenant }, keyed, call) => {
      const answer = await tenant.spaces.create({ name: 'Once', ...keyed }, call);
      const stored = await tenant.paths(answer.space.id).space.get();
      return { answer, says: `${answer.space.name}, stored as ${stored.get('name')}` };
    },
    effect: { spaces: ['Once shared {}', ...BEFORE.spaces] },
    says: 'Once, stored as Once',
  },
  'space.grant': {
    run: async ({ tenant }, keyed, call) => {
      const answer = await tenant.spaces.grant('team', { uid: 'ed', access: 'read', ...keyed }, call);
      return { answer, says: JSON.stringify(answer.space.grants) };
    },
    effect: { spaces: ['Team shared {"ed":"read","eve":"write"}'] },
    says: '{"ed":"read","eve":"write"}',
  },
  'space.revoke': {
    run: async ({ tenant }, keyed, call) => {
      const answer = await tenant.spaces.revoke('team', { uid: 'eve', ...keyed }, call);
      return { answer, says: JSON.stringify(answer.space.grants) };
    },
    effect: { spaces: ['Team shared {}'] },
    says: '{}',
  },
  'job.start': {
    run: async ({ tenant }, keyed, call) => {
      const answer = await tenant.jobs.start('team', { kind: 'reindex', ...keyed }, KEEPING, call);
      const { kind, state } = await tenant.jobs.get(answer.jobId, callBy('ada'));
      return { answer, says: `${kind} ${state}` };
    },
    effect: { jobs: ['reindex queued', 'verify queued'] },
    says: 'reindex queued',
  },
  'job.cancel': {
    run: async ({ tenant, jobId }, keyed, call) => {
      const answer = await tenant.jobs.cancel({ jobId, ...keyed }, call);
      return { answer, says: `${answer.job.kind} ${answer.job.state}` };
    },
    effect: { jobs: ['verify cancelled'] },
    says: 'verify cancelled',
  },
};

const denied = failsWith('internal', 'service-account-denied');
const cancelled = failsWith('cancelled', 'cancelled');

/** All documents of a tenant that a change may touch, its receipts apart. */
async function documentsOf(tenantId: string) {
  const paths = spaceOf(tenantId, 'team', DATABASE);
  const tenant = paths.space.parent.parent!;
  const lists = ['members', 'spaces', 'jobs'].map((name) => tenant.collection(name));
  const [document, members, spaces, jobs, records] = await Promise.all([
    tenant.get(),
    ...lists.map((list) => list.get()),
    paths.agentData.get(),
  ]);
  return { document, members: members!.docs, spaces: spaces!.docs, jobs: jobs!.docs, records: records!.docs };
}

async function stateOf(tenantId: string): Promise<State> {
  const { document, members, spaces, jobs, records } = await documentsOf(tenantId);
  const grants = (space: (typeof spaces)[number]) =>
    JSON.stringify(Object.fromEntries(Object.entries(space.get('grants') ?? {}).toSorted()));
  return {
    tenant: document.exists ? `${document.get('name')} ${JSON.stringify(document.get('settings'))}` : 'none',
    members: members.map((one) => `${one.id} ${one.get('role')} ${one.get('status')}`),
    spaces: spaces.map((one) => `${one.get('name')} ${one.get('kind')} ${grants(one)}`).toSorted(),
    jobs: jobs.map((one) => `${one.get('kind')} ${one.get('state')}`).toSorted(),
    records: records.map((one) => String(one.get('content'))).toSorted(),
  };
}

/** When each document was written last: equal iff nothing was written since. */
async function writtenAt(tenantId: string): Promise<unknown> {
  const { document, ...lists } = await documentsOf(tenantId);
  const all = [document, ...Object.values(lists).flat()];
  return all.map((one) => [one.ref.path, one.updateTime?.valueOf()]);
}

/** Receipts are kept in the space that is changed, or in the caller's own. */
async function receiptsOf(tenantId: string): Promise<number> {
  const kept = ['team', 'ada', 'owen'].map((id) =>
    spaceOf(tenantId, id, DATABASE).space.collection('receipts').get(),
  );
  return (await Promise.all(kept)).reduce((sum, { size }) => sum + size, 0);
}

/** A change that can be made again and again in a tenant of its own. */
interface Trial {
  readonly tenantId: string;
  readonly before: State;
  readonly after: State;
  readonly says: string;
  run(keyed: Keyed, bounds?: Partial<CallContext>): Promise<Heard>;
}

async function openTrial({ run, effect, says }: Change): Promise<Trial> {
  const tenant = await openTenant(DATABASE);
  const { tenantId } = tenant;
  const data = openAgentData(tenantId, DATABASE);
  await tenant.spaces.grant('team', { uid: 'eve', access: 'write' }, callBy('ada'));
  const { id: recordId } = await data.add('team', { ...RECORD, content: 1 }, callBy('ada'));
  const { jobId } = await tenant.jobs.start('team', { kind: 'verify' }, KEEPING, callBy('ada'));
  const scene = { tenant, data, jobId, recordId };
  return {
    tenantId,
    before: BEFORE,
    after: { ...BEFORE, ...effect },
    says,
    run: (keyed, bounds) => run(scene, keyed, callBy('ada', bounds)),
  };
}

/** The change that makes the tenant begins with none. */
async function openNewTenant(): Promise<Trial> {
  const tenantId = freshId('tenant');
  const directory = new TenantDirectory(testDatabase(DATABASE), tenantId, SILENT);
  const nothing = { members: [], spaces: [], jobs: [], records: [] };
  return {
    tenantId,
    before: { ...nothing, tenant: 'none' },
    after: { ...nothing, tenant: 'Acme {}', members: ['owen owner active'] },
    says: 'Acme owner',
    run: async (keyed, bounds) => {
      const answer = await directory.create({ name: 'Acme', ...keyed }, callBy('owen', bounds));
      return { answer, says: `${answer.tenant.name} ${answer.role}` };
    },
  };
}

const TRIALS: [string, () => Promise<Trial>][] = [
  ['tenant.create', openNewTenant],
  ...Object.entries(CHANGES).map(([name, change]): [string, () => Promise<Trial>] => [
    name,
    () => openTrial(change),
  ]),
];

describe('a change whose commit fails', () => {
  let link: FaultyLink;
  before(async () => {
    link = await openFaultyLink(DATABASE);
  });
  after(() => link.close());

  const assertState = async ({ tenantId }: Trial, expected: State, receipts: number) => {
    assert.deepEqual(await stateOf(tenantId), expected);
    assert.equal(await receiptsOf(tenantId), receipts);
  };

  /** The change is there, once; whoever repeats it hears the same, and nothing is written any more. */
  const assertAnswered = async (trial: Trial, first: Answer | null) => {
    await assertState(trial, trial.after, 1);
    const written = await writtenAt(trial.tenantId);
    const { answer, says } = await trial.run({ key: 'k' });
    assert.deepEqual([says, answer.replayed], [trial.says, true]);
    if (first !== null) assert.deepEqual(answer, { ...first, replayed: true });
    assert.deepEqual((await trial.run({ key: 'k' })).answer, answer);
    assert.deepEqual(await writtenAt(trial.tenantId), written);
    await assertState(trial, trial.after, 1);
  };

  for (const [name, open] of TRIALS) {
    describe(`by ${name}`, () => {
      let trial: Trial;
      beforeEach(async () => {
        link.failNext();
        trial = await open();
      });

      it('before it is applied leaves nothing, and its repetition does it', async () => {
        link.failNext({ when: 'before', status: PERMISSION_DENIED });
        await assert.rejects(trial.run({ key: 'k' }), denied);
        assert.equal(link.commits, 1);
        await assertState(trial, trial.before, 0);
        const { answer, says } = await trial.run({ key: 'k' });
        assert.deepEqual([says, answer.replayed ?? false], [trial.says, false]);
        const { replayed: _, ...first } = answer;
        await assertAnswered(trial, first);
      });

      it('after it was applied leaves all of it, and its repetition tells what was done', async () => {
        link.failNext({ when: 'after', status: PERMISSION_DENIED });
        await assert.rejects(trial.run({ key: 'k' }), denied);
        assert.equal(link.commits, 1);
        await assertAnswered(trial, null);
      });

      it('to be answered leaves all of it, and the repetition of who gave up tells what was done', async () => {
        const { fault, signal } = unanswered();
        link.failNext(fault);
        await assert.rejects(trial.run({ key: 'k' }, { signal }), cancelled);
        assert.equal(link.commits, 1);
        await assertAnswered(trial, null);
      });

      it('is repeated by the SDK without a key too, and is made once', async () => {
        link.failNext({ when: 'before', status: INTERNAL }, { when: 'after', status: INTERNAL });
        const { answer, says } = await trial.run({});
        assert.ok(link.commits >= 2, `${link.commits} commits`);
        assert.deepEqual([says, answer.replayed ?? false], [trial.says, false]);
        assert.deepEqual(await stateOf(trial.tenantId), trial.after);
      });
    });
  }
});
