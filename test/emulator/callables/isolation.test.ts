import assert from 'node:assert/strict';
import type { OperationName } from '../../../functions/src/contract/types.ts';
import { type Answer, errorOf, post, resultOf, withField } from '../../support/callable.ts';
import { OBJECTS, type Requests, soundRequests } from '../../support/sound-requests.ts';
import { documentsOf } from '../../support/stored-documents.ts';
import { openWorld, uniqueId, type World } from '../../support/world.ts';

/** Operations that concern a tenant that exists. */
const OF_A_TENANT: readonly OperationName[] = [
  'tenant-setMember',
  'tenant-members',
  'tenant-removeMember',
  'tenant-settings',
  'tenant-usage',
  'space-create',
  'space-grant',
  'space-revoke',
  'space-list',
  'space-stats',
  'space-delete',
  'job-start',
  'job-get',
  'job-cancel',
  'memory-add',
  'memory-get',
  'memory-list',
  'memory-search',
  'memory-update',
  'memory-delete',
  'memory-history',
  'memory-restore',
  'memory-purge',
  'memory-batch',
  'session-append',
  'session-history',
  'session-list',
  'session-context',
  'session-delete',
  'agentData-add',
  'agentData-get',
  'agentData-list',
  'agentData-delete',
];

/** Those of them that concern a space; of a batch, each operation does for itself. */
const OF_A_SPACE = OF_A_TENANT.filter(
  (name) => /^(memory|session|agentData)-/.test(name) && name !== 'memory-batch',
);

describe('isolation', () => {
  let world: World;
  let sound: Requests;
  before(async () => {
    world = await openWorld('isolation');
    sound = soundRequests(world);
  });

  const bytes = ({ status, text }: Answer) => ({ status, text });

  function assertDenied(operation: OperationName, answer: Answer): void {
    assert.equal(answer.status, 403, answer.text);
    const { status, details } = errorOf(answer);
    assert.equal(status, 'PERMISSION_DENIED');
    assert.deepEqual(details, {
      operation: operation.replace('-', '.'),
      reason: 'permission-denied',
      retryable: false,
    });
  }

  for (const operation of Object.keys(OBJECTS) as OperationName[]) {
    it(`[1] refuses ${operation} without a token, and with one that nobody signed`, async () => {
      const { tenant, owner } = world;
      const stored = await documentsOf(tenant);
      const [head, body] = owner.token.split('.');
      const tokens = [undefined, '', 'garbage', 'a.b.c', `${head}.e30.`, `${head}.eyJzdWIiOjd9.`, head, body];
      for (const token of tokens) {
        const answer = await post(operation, sound[operation], token);
        assert.equal(answer.status, 401, answer.text);
        // What is no token at all is refused by firebase-functions, whose errors have no details.
        const { error } = JSON.parse(answer.text) as { error: { status: string } };
        assert.equal(error.status, 'UNAUTHENTICATED');
      }
      const { details } = errorOf(await post(operation, sound[operation]));
      const { operation: named, ...rest } = details;
      assert.equal(named, operation.replace('-', '.'));
      assert.deepEqual(rest, { reason: 'not-signed-in', retryable: false });
      assert.deepEqual(await documentsOf(tenant), stored);
    });
  }

  for (const operation of OF_A_TENANT) {
    it(`[2] answers ${operation} alike for a foreign tenant and for one that does not exist`, async () => {
      const { tenant, stranger } = world;
      const stored = await documentsOf(tenant);
      const request = sound[operation] ?? {};
      const foreign = await post(operation, request, stranger.token);
      const missing = await post(operation, withField(request, 'tenant', uniqueId('ghost')), stranger.token);
      assertDenied(operation, foreign);
      assert.deepEqual(bytes(foreign), bytes(missing));
      assert.deepEqual(await documentsOf(tenant), stored);
    });
  }

  for (const operation of OF_A_SPACE) {
    it(`[2] answers ${operation} alike for another's personal space and for one that does not exist`, async () => {
      const { tenant, admin, editor } = world;
      await editor.open(tenant).memory.add({ id: 'm', text: `private to its author ${operation}` });
      const stored = await documentsOf(tenant);
      const request = sound[operation] ?? {};
      const ofAnother = await post(operation, withField(request, 'space', editor.uid), admin.token);
      const missing = await post(operation, withField(request, 'space', 'no-such-space'), admin.token);
      assertDenied(operation, ofAnother);
      assert.deepEqual(bytes(ofAnother), bytes(missing));
      assert.deepEqual(await documentsOf(tenant), stored);
      await editor.open(tenant).memory.delete('m');
    });
  }

  it('[2] searches none of the spaces if one of them is not for the caller', async () => {
    const { tenant, shared, editor, viewer } = world;
    const { space: _, ...search } = sound['memory-search'];
    const request = (spaces: string[]) => ({ ...search, spaces });
    const both = await post('memory-search', request([shared, viewer.uid]), editor.token);
    assertDenied('memory-search', both);
    resultOf(await post('memory-search', request([shared, editor.uid]), editor.token));
    assert.equal(both.text.includes(tenant), false);
  });

  it('[1][2] lets a member in with the same requests', async () => {
    let record: unknown;
    for (const name of OF_A_TENANT) {
      // The id of a record is not for its author to choose.
      const ofRecord = name === 'agentData-get' || name === 'agentData-delete';
      const request = ofRecord ? withField(sound[name], 'id', record) : sound[name];
      const result = resultOf(await post(name, request, world.owner.token));
      if (name === 'agentData-add') record = (result as { id: unknown }).id;
    }
  });

  it('keeps equal ids of two tenants apart', async () => {
    const { tenant, owner } = world;
    const other = uniqueId('other');
    const [here, there] = [owner.open(tenant), owner.open(other)];
    await there.tenant.create({ name: 'Other' });
    await here.memory.add({ id: 'same', text: 'the zebra lives here' });
    await there.memory.add({ id: 'same', text: 'the zebra lives there' });
    assert.equal((await here.memory.get('same')).memory.text, 'the zebra lives here');
    const { results } = await there.memory.search('zebra');
    assert.deepEqual(
      results.map(({ memory }) => [memory.tenant, memory.text]),
      [[other, 'the zebra lives there']],
    );
    await there.memory.delete('same');
    assert.equal((await here.memory.get('same')).memory.version, 1);
  });

  it('does not find a tenant by the beginning of its id', async () => {
    const { tenant, owner } = world;
    const longer = `${tenant}b`;
    await owner.open(longer).tenant.create();
    await owner.open(longer).memory.add({ text: 'of the longer name' });
    const { memories } = await owner.open(tenant).memory.list({ limit: 100 });
    assert.ok(memories.every(({ text }) => text !== 'of the longer name'));
    assert.equal((await owner.open(longer).memory.list()).memories.length, 1);
  });
});
