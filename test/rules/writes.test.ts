/** Writes of clients that know exactly what the server would write: all denied, while the server's succeed. */
import { strict as assert } from 'node:assert';
import {
  deleteField,
  doc,
  type Firestore,
  runTransaction,
  serverTimestamp,
  setDoc,
  updateDoc,
  writeBatch,
} from 'firebase/firestore';
import { openRulesEnvironment, type RulesEnvironment } from '../support/rules-environment.ts';
import { outcomeOf } from './attempt.ts';
import { type Actor, databaseOf, memory, seed } from './world.ts';

/** Those who come closest to being allowed: the tenant's owner, and the owner of the personal space. */
const CLOSEST: readonly Actor[] = ['owner', 'alice'];

const own = 'tenants/a/spaces/alice';
const shared = 'tenants/a/spaces/team';
const time = serverTimestamp();

type Write = (db: Firestore) => Promise<unknown>;
const update = (path: string, changes: object): Write => {
  return (db) => updateDoc(doc(db, path), { ...changes });
};
const set = (path: string, data: object): Write => {
  return (db) => setDoc(doc(db, path), { ...data });
};

/** What a forged member, space or memory would be worth to whoever writes it. */
const WRITES: { readonly [title: string]: Write } = {
  '[19] change the tenant of a memory': update(`${own}/memories/m1`, { tenant: 'ab' }),
  '[19] remove the tenant of a memory': update(`${own}/memories/m1`, { tenant: deleteField() }),
  '[19] change the owner of a space': update(own, { owner: 'owner' }),
  '[19] remove the owner of a space': update(own, { owner: deleteField() }),
  '[19] share a personal space': update(own, { kind: 'shared' }),
  '[19] change the version of a memory': update(`${own}/memories/m1`, { version: 2 }),
  '[19] remove the version of a memory': update(`${own}/memories/m1`, { version: deleteField() }),
  '[19] change who created a memory': update(`${own}/memories/m1`, { createdBy: 'owner' }),
  '[19] remove who created a memory': update(`${own}/memories/m1`, { createdBy: deleteField() }),
  '[19] change when a memory was created': update(`${own}/memories/m1`, { createdAt: time }),
  '[19] change the text of a memory': update(`${shared}/memories/m1`, { text: 'otherwise' }),
  '[19] create a memory in the own space': set(`${own}/memories/new`, memory('a', 'alice')),
  '[19] create a memory in a shared space': set(`${shared}/memories/new`, memory('a', 'team')),
  '[20] become an owner': update('tenants/a/members/alice', { role: 'owner' }),
  '[20] end a suspension': update('tenants/a/members/suspended', { status: 'active' }),
  '[20] add a member': set('tenants/a/members/friend', { role: 'owner', status: 'active', createdAt: time }),
  '[20] write an index entry': set(`${own}/index/new`, { version: 1, tokens: ['forged'] }),
  '[20] write a count': update(`${own}/stats/m1`, { count: 0 }),
  '[20] write a receipt': set(`${own}/receipts/key`, { replayed: true, response: {} }),
  '[20] write a revision': set(`${own}/memories/m1/revisions/2`, memory('a', 'alice')),
  '[20] write an audit entry': set('tenants/a/audit/new', { by: 'someone else', at: time }),
  '[20] start a job': set('tenants/a/jobs/new', { kind: 'erase', state: 'queued' }),
  '[20] forge a verification': set('operations/verification', { mended: 0, lagMs: 0 }),
  'overwrite a memory': set(`${own}/memories/m1`, memory('a', 'alice')),
  'overwrite a space': set(own, { kind: 'shared', name: 'Alice' }),
  'create a tenant': set('tenants/new', { name: 'New', status: 'active' }),
  'create a shared space': set('tenants/a/spaces/new', { kind: 'shared', name: 'New' }),
  'take the own uid for a shared space': set('tenants/a/spaces/owner', { kind: 'shared', name: 'Mine' }),
  'queue a command for another': set(`${own}/inbox/new`, {
    op: 'memory.add',
    input: { memories: [{ text: 'later' }] },
    createdBy: 'bob',
    createdAt: time,
    state: 'queued',
  }),
  '[21] set the outcome of a command': update(`${own}/inbox/of-alice`, { state: 'done', result: {} }),
  'write in a batch': (db) => {
    const batch = writeBatch(db);
    batch.update(doc(db, `${own}/memories/m1`), { text: 'otherwise' });
    return batch.commit();
  },
  'write in a transaction after a read that is allowed': (db) =>
    runTransaction(db, async (transaction) => {
      await transaction.get(doc(db, `${shared}/memories/m1`));
      transaction.update(doc(db, `${shared}/memories/m1`), { text: 'otherwise' });
    }),
};

describe('A client cannot', () => {
  let environment: RulesEnvironment;
  before(async () => {
    environment = await openRulesEnvironment('demo-firememory-rules-writes');
    await seed(environment);
  });
  after(() => environment.close());

  for (const [title, write] of Object.entries(WRITES)) {
    it(`${title}; the server can`, async () => {
      for (const actor of CLOSEST) {
        assert.equal((await outcomeOf(write(databaseOf(environment, actor)))).allowed, false, actor);
      }
      await environment.asServer(write);
    });
  }
});
