import assert from 'node:assert/strict';
import type { OperationName } from '../../../functions/src/contract/types.ts';
import { type Answer, errorOf, post, resultOf, withField } from '../../support/callable.ts';
import { OBJECTS, objectAt, type Requests, soundRequests } from '../../support/sound-requests.ts';
import { allDocuments, documentsOf } from '../../support/stored-documents.ts';
import { openWorld, type World } from '../../support/world.ts';
import { assertNotEchoed, assertRefused } from './refusal.ts';

const OPERATIONS = Object.keys(OBJECTS) as OperationName[];

/** Fields whose absence is refused. */
const REQUIRED: Partial<Record<OperationName, readonly string[]>> = {
  'tenant-create': ['tenant'],
  'tenant-setMember': ['tenant', 'uid', 'role'],
  'tenant-members': ['tenant'],
  'space-create': ['tenant', 'name', 'kind'],
  'memory-add': ['tenant', 'memories', 'memories.0.text'],
  'memory-get': ['tenant', 'id'],
  'memory-list': ['tenant', 'order.field', 'order.direction'],
  'memory-search': ['tenant', 'query', 'recency.halfLifeDays', 'recency.weight'],
  'memory-update': ['tenant', 'id', 'changes'],
  'memory-delete': ['tenant', 'id'],
  'memory-purge': ['tenant', 'filter'],
  'space-delete': ['tenant', 'space'],
  'job-get': ['tenant', 'jobId'],
  'job-cancel': ['tenant', 'jobId'],
  'session-append': ['tenant', 'session', 'messages', 'messages.0.text', 'messages.0.role'],
  'session-history': ['tenant', 'session'],
  'session-list': ['tenant'],
  'session-context': ['tenant', 'session'],
  'session-delete': ['tenant', 'session'],
};

/** Every place where an id becomes part of a path or is compared with one that did. */
const IDS: Partial<Record<OperationName, readonly string[]>> = {
  'tenant-create': ['tenant'],
  'tenant-setMember': ['tenant', 'uid'],
  'tenant-members': ['tenant'],
  'space-create': ['tenant', 'id'],
  'memory-add': ['tenant', 'space', 'memories.0.id', 'memories.0.sessionId', 'memories.0.agentId'],
  'memory-get': ['tenant', 'space', 'id'],
  'memory-list': ['tenant', 'space'],
  'memory-search': ['tenant', 'space'],
  'memory-update': ['tenant', 'space', 'id', 'changes.sessionId', 'changes.agentId'],
  'memory-delete': ['tenant', 'space', 'id'],
  'memory-purge': ['tenant', 'space'],
  'space-delete': ['tenant', 'space'],
  'job-get': ['tenant', 'jobId'],
  'job-cancel': ['tenant', 'jobId'],
  'session-append': ['tenant', 'space', 'session', 'messages.0.id', 'messages.0.agentId'],
  'session-history': ['tenant', 'space', 'session'],
  'session-list': ['tenant', 'space'],
  'session-context': ['tenant', 'space', 'session'],
  'session-delete': ['tenant', 'space', 'session'],
};

const BAD_IDS = [
  '.',
  '..',
  '__x__',
  '____',
  '',
  'a/b/c',
  '../../other/spaces',
  'a%2Fb',
  'a b c d',
  'nul\u0000byte',
  'naïve',
  'x'.repeat(129),
  'x'.repeat(1_501),
];

/** A value of a type that the field does not take; a filter of another type has tests of its own. */
function wronglyTyped(name: string, value: unknown): unknown {
  if (name === 'filter') return null;
  if (typeof value === 'string') return 71_717;
  if (Array.isArray(value)) return { 0: 'wrong-object' };
  if (typeof value === 'object') return 'wrong-object';
  return 'wrong-scalar';
}

describe('the shape of a request', () => {
  let world: World;
  let sound: Requests;
  let stored: string[];
  before(async () => {
    world = await openWorld('shape');
    sound = soundRequests(world);
    stored = await documentsOf(world.tenant);
  });

  /** Calls as the owner, who may do all of it, and checks that it leaves no trace. */
  async function refuse(operation: OperationName, data: unknown): Promise<Answer> {
    const answer = await post(operation, data, world.owner.token);
    const before = stored;
    stored = await documentsOf(world.tenant);
    assert.deepEqual(stored, before);
    return answer;
  }

  const issue = (code: string) => (path: string) => ({ path, code });
  const within = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

  for (const operation of OPERATIONS) {
    for (const path of OBJECTS[operation]) {
      const where = path === '' ? operation : `${path} of ${operation}`;

      it(`has no field of another type in ${where}`, async () => {
        // The content of a record is any JSON: no type of it is wrong.
        const { content: _content, ...fields } = objectAt(sound[operation] ?? {}, path);
        // Of an object that has no fields it is the object itself.
        const wrong = Object.entries(fields).map(([name, value]): [string, unknown] => [
          within(path, name),
          wronglyTyped(name, value),
        ]);
        const changes = wrong.length > 0 ? wrong : [[path, 'wrong-object'] as const];
        const request = changes.reduce<object>(
          (changed, [place, value]) => withField(changed, place, value),
          sound[operation] ?? {},
        );
        const answer = await refuse(operation, request);
        const { issues = [] } = errorOf(answer).details;
        for (const { code } of issues) assert.match(code, /^invalid_(type|value)$/);
        const all = changes.map(([place]) => place);
        assertRefused(operation, answer, issues);
        assert.deepEqual(issues.map((one) => one.path).sort(), all.sort());
        assertNotEchoed(answer, ['71717', 'wrong-object', 'wrong-scalar']);
      });

      it(`has no field in ${where} that the contract does not name`, async () => {
        const known = sound[operation] ?? {};
        const named = await refuse(operation, withField(known, within(path, 'surprise'), 1));
        assertRefused(operation, named, [issue('unrecognized_keys')(within(path, 'surprise'))]);
        const odd = { ...objectAt(known, path), 'a secret as a key': 1 };
        const answer = await refuse(operation, path === '' ? odd : withField(known, path, odd));
        assertRefused(operation, answer, [issue('unrecognized_keys')(within(path, '?'))]);
        assertNotEchoed(answer, ['secret']);
      });
    }

    for (const path of REQUIRED[operation] ?? []) {
      it(`is refused without ${path} of ${operation}`, async () => {
        for (const absent of [undefined, null]) {
          const answer = await refuse(operation, withField(sound[operation] ?? {}, path, absent));
          const { issues = [] } = errorOf(answer).details;
          assert.match(issues[0]?.code ?? '', /^invalid_(type|value)$/);
          assertRefused(operation, answer, [issue(issues[0]?.code ?? '')(path)]);
        }
      });
    }

    const ids = IDS[operation];
    if (ids === undefined) continue;
    it(`[7] has no id in ${operation} that could lead out of its place in a path`, async () => {
      const everything = await allDocuments();
      for (const bad of BAD_IDS) {
        let request: object = sound[operation] ?? {};
        for (const path of ids) request = withField(request, path, bad);
        const answer = await post(operation, request, world.owner.token);
        assertRefused(operation, answer, ids.map(issue('invalid_id')));
        assertNotEchoed(answer, bad);
      }
      assert.deepEqual(await allDocuments(), everything);
    });
  }

  it('[7] has no such id among the spaces of a search either', async () => {
    const { space: _, ...request } = sound['memory-search'];
    for (const bad of BAD_IDS) {
      const answer = await refuse('memory-search', { ...request, spaces: [world.shared, bad] });
      assertRefused('memory-search', answer, [issue('invalid_id')('spaces.1')]);
      assertNotEchoed(answer, bad);
    }
  });

  it('is an object', async () => {
    for (const data of [null, [], 'text', 7, true, [{ tenant: world.tenant, id: 'm' }]]) {
      assertRefused('memory-get', await refuse('memory-get', data), [issue('invalid_type')('')]);
    }
  });

  it('is empty where the operation takes nothing', async () => {
    const answer = await refuse('system-health', { surprise: 1 });
    assert.equal(errorOf(answer).status, 'INVALID_ARGUMENT');
    assert.equal(answer.status, 400);
  });

  it('is accepted as soon as nothing is wrong with it', async () => {
    let record: unknown;
    for (const [operation, request] of Object.entries(sound)) {
      // The id of a record is not for its author to choose.
      const ofRecord = operation === 'agentData-get' || operation === 'agentData-delete';
      const named = ofRecord ? withField(request ?? {}, 'id', record) : request;
      const result = resultOf(await post(operation as OperationName, named, world.owner.token));
      if (operation === 'agentData-add') record = (result as { id: unknown }).id;
    }
  });
});
