import assert from 'node:assert/strict';
import { INBOX } from '../../../functions/src/config.ts';
import { ConnectionError } from '../../../functions/src/errors.ts';
import { deliverLost } from '../../../functions/src/inbox/deliver-lost.ts';
import { runCommand } from '../../../functions/src/inbox/run-command.ts';
import { Timestamp } from '../../../functions/src/storage/database.ts';
import { openInbox, useStorageDatabase } from '../../support/inbox.ts';
import { SILENT, testDatabase } from '../../support/storage.ts';

describe('the search for lost commands', () => {
  useStorageDatabase();

  const search = (own: Partial<Parameters<typeof deliverLost>[0]> = {}) =>
    deliverLost({ database: testDatabase(), log: SILENT, until: Date.now() + 30_000, ...own });
  const lost = () => Date.now() - INBOX.LOST_MS - 1_000;
  const add = (text: string) => ({ memories: [{ text }] });

  it('[27] carries out what no event did, in order, and leaves what is fresh to its event', async () => {
    const [one, other] = await Promise.all([openInbox(), openInbox()]);
    await one.queue('b', 'memory.add', { memories: [{ id: 'm', text: 'first' }] }, lost() - 1);
    await one.queue('a', 'memory.update', { id: 'm', changes: { text: 'second' } }, lost());
    await other.queue('c', 'memory.add', add('elsewhere'), lost());
    await other.queue('fresh', 'memory.add', add('fresh'), Date.now(), { createdBy: 'bob' });
    const report = await search();
    assert.ok(report.found >= 3);
    assert.equal((await one.space.memory('m').get()).get('text'), 'second');
    assert.equal((await other.outcome('c')).state, 'done');
    assert.equal((await other.outcome('fresh')).state, 'queued');
    const again = await search();
    assert.equal(again.found, report.failed);
  });

  it('[28] passes by a command that cannot be carried out yet, and those that wait for it', async () => {
    const [one, other] = await Promise.all([openInbox(), openInbox()]);
    await one.queue('stuck', 'memory.add', add('stuck'), lost() - 10_000);
    await one.queue('behind', 'memory.add', add('behind'), lost() - 9_000);
    await other.queue('c', 'memory.add', add('elsewhere'), lost());
    const run: typeof runCommand = (address, request, call) => {
      if (address.tenantId !== one.tenantId) return runCommand(address, request, call);
      throw new ConnectionError('unavailable', 'Not now.', { reason: 'unavailable' });
    };
    const report = await search({ run });
    assert.deepEqual(report, { found: 3, failed: 2 });
    assert.equal((await other.outcome('c')).state, 'done');
    assert.equal((await one.outcome('behind')).state, 'queued');
    assert.deepEqual(await search(), { found: 2, failed: 0 });
  });

  it('leaves alone what lies elsewhere under the same name, and what no operation could have for its key', async () => {
    const inbox = await openInbox();
    const command = { op: 'memory.delete', input: { id: 'm' }, createdBy: 'ann', state: 'queued' };
    const odd = inbox.space.inbox.doc('not.an.id');
    const others = ['inbox/c', 'users/ann/inbox/c', `${inbox.space.space.path}/memories/m/inbox/c`];
    const left = [odd, ...others.map((path) => odd.firestore.doc(path))];
    for (const document of left) await document.set({ ...command, createdAt: Timestamp.fromMillis(lost()) });
    assert.deepEqual(await search(), { found: 0, failed: 0 });
    for (const document of left) {
      assert.equal((await document.get()).get('state'), 'queued', document.path);
      await document.delete();
    }
  });

  it('stops when its time is over, and finds the rest the next time', async () => {
    const inbox = await openInbox();
    await inbox.queue('c', 'memory.add', add('later'), lost());
    assert.equal((await search({ until: Date.now() })).found, 0);
    assert.equal((await inbox.outcome('c')).state, 'queued');
    await search();
    assert.equal((await inbox.outcome('c')).state, 'done');
  });
});
