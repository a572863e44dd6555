import assert from 'node:assert/strict';
import { digest } from '../../../functions/src/core/dedupe.ts';
import { errorOf, post, postBody, resultOf, withField } from '../../support/callable.ts';
import { openEmulatorLog } from '../../support/emulator-log.ts';
import { type Requests, soundRequests } from '../../support/sound-requests.ts';
import { allDocuments } from '../../support/stored-documents.ts';
import { openWorld, uniqueId, type World } from '../../support/world.ts';
import { assertNotEchoed, assertRefused } from './refusal.ts';

const MIB = 1_024 * 1_024;
const SECRET = 'what nobody may read in a log';

describe('a hostile body', () => {
  let world: World;
  let sound: Requests;
  let token: string;
  let stored: string[];
  before(async () => {
    world = await openWorld('body');
    sound = soundRequests(world);
    token = world.owner.token;
    stored = await allDocuments();
  });

  const refusal = (code: string) => [{ path: '', code }];

  for (const key of ['__proto__', 'constructor', 'prototype']) {
    const places: [string, (value: unknown) => object][] = [
      ['in a request', (value) => withField(sound['memory-add'], key, value)],
      ['in a memory', (value) => withField(sound['memory-add'], `memories.0.${key}`, value)],
      ['in metadata', (value) => withField(sound['memory-add'], `memories.0.metadata.place.${key}`, value)],
      ['in a list', (value) => withField(sound['memory-add'], 'memories.0.tags', [{ [key]: value }])],
    ];
    for (const [where, request] of places) {
      it(`[3] is refused for a key ${key} ${where}`, async () => {
        for (const value of [{ text: SECRET, role: 'owner' }, 1, null]) {
          const answer = await post('memory-add', request(value), token);
          assertRefused('memory-add', answer, refusal('forbidden_key'));
          assertNotEchoed(answer, [SECRET]);
        }
      });
    }

    it(`[3] is refused for a key ${key} in a filter`, async () => {
      const request = withField(sound['memory-list'], `filter.${key}`, { eq: 1 });
      assertRefused('memory-list', await post('memory-list', request, token), refusal('forbidden_key'));
    });
  }

  it('[3] inherits nothing from a prototype that it brings along', async () => {
    const body = JSON.stringify({ data: { id: 'm' } }).replace('"id"', '"__proto__":{"tenant":"x"},"id"');
    assertRefused('memory-get', await postBody('memory-get', body, token), refusal('forbidden_key'));
    const later = await post('memory-get', { id: 'm' }, token);
    assertRefused('memory-get', later, [{ path: 'tenant', code: 'invalid_type' }]);
  });

  const typed = { '@type': 'type.googleapis.com/google.protobuf.Struct', value: SECRET };
  const wrapped: [string, object][] = [
    ['as a whole', typed],
    ['as a field', { tenant: 't', id: typed }],
    ['deep inside', { tenant: 't', id: 'm', surprise: [{ a: typed }] }],
    ['around no number', { ...typed, '@type': 'type.googleapis.com/google.protobuf.Int64Value' }],
    ['around a number', { '@type': 'no.such/Number', value: '5' }],
    ['that is no text', { '@type': { a: 1 }, value: SECRET }],
  ];
  for (const [where, data] of wrapped) {
    it(`[4] is refused for a wrapper of an unknown type ${where}`, async () => {
      const answer = await post('memory-get', data, token);
      assertRefused('memory-get', answer, refusal('unknown_type'));
      assertNotEchoed(answer, [SECRET]);
    });
  }

  it('[4] may wrap a number in the type that client SDKs use for large ones', async () => {
    const limit = { '@type': 'type.googleapis.com/google.protobuf.Int64Value', value: '5' };
    resultOf(await post('memory-list', { ...sound['memory-list'], limit }, token));
  });

  it('[4] leaves nothing of its payload in the logs', async () => {
    const log = await openEmulatorLog();
    try {
      const mark = `marked-${crypto.randomUUID()}`;
      const deep = `{"data":${'['.repeat(20_000)}"${mark}"${']'.repeat(20_000)}}`;
      await post('memory-get', { '@type': 'no/such', value: mark }, token);
      await post('memory-get', { tenant: mark, id: { '@type': mark } }, token);
      await post('memory-get', { tenant: world.tenant, id: [mark] }, token);
      await post('memory-get', { tenant: world.tenant, id: 'm' }, mark);
      await postBody('memory-get', deep, token);
      // The log of a process is in the order of its calls, and names a tenant by its hash.
      const last = uniqueId('last');
      assert.equal((await post('memory-get', { tenant: last, id: 'm' }, token)).status, 403);
      const lines = await log.until(digest(last).slice(0, 12));
      assert.ok(!lines.includes(mark), 'a part of the payload was logged');
    } finally {
      log.close();
    }
  });

  it('[5] is refused at 20,000 levels, and the process goes on serving', async () => {
    const deep = [
      `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    ];
    for (const value of deep) {
      for (const body of [`{"data":${value}}`, `{"data":{"tenant":"${world.tenant}","filter":${value}}}`]) {
        const answer = await postBody('memory-list', body, token);
        assertRefused('memory-list', answer, refusal('too_deep'));
      }
      const answer = await post('memory-list', sound['memory-list'], token);
      resultOf(answer);
      // A new process would have taken its cold start.
      assert.ok(answer.ms < 1_000, `it took ${Math.round(answer.ms)} ms`);
    }
  });

  it('[6] is refused at 33 MB, and at the most that the service takes', async () => {
    const padded = (bytes: number) =>
      JSON.stringify({ data: { tenant: world.tenant, id: 'x'.repeat(bytes) } });
    const beyondPlatform = await postBody('memory-get', padded(33 * MIB), token);
    assert.equal(beyondPlatform.status, 413);
    assertNotEchoed(beyondPlatform, ['xxxx']);
    const beyondService = await postBody('memory-get', padded(24 * MIB), token);
    assertRefused('memory-get', beyondService, refusal('too_big'));
    const allowed = await postBody('memory-get', padded(1 * MIB), token);
    assertRefused('memory-get', allowed, [{ path: 'id', code: 'invalid_id' }]);
  });

  const malformed: [string, string, string][] = [
    ['nothing', '', 'missing_data'],
    ['a list', '[]', 'missing_data'],
    ['no data', '{"date":{}}', 'missing_data'],
    ['something besides its data', '{"data":{},"auth":{"uid":"root"}}', 'unrecognized_keys'],
  ];
  for (const [what, body, code] of malformed) {
    it(`is refused if it is or has ${what}`, async () => {
      assertRefused('memory-get', await postBody('memory-get', body, token), refusal(code));
    });
  }

  it('is refused before a caller without a sign-in learns what is wrong with it', async () => {
    const { status, details } = errorOf(await post('memory-get', typed));
    assert.equal(status, 'UNAUTHENTICATED');
    assert.deepEqual(details, { operation: 'memory.get', reason: 'not-signed-in', retryable: false });
  });

  it('leaves nothing stored, and the functions go on serving', async () => {
    assert.deepEqual(await allDocuments(), stored);
    const { tenant, shared, editor } = world;
    const { results } = await editor.open(tenant).memory.add({ text: 'still here' }, { space: shared });
    assert.equal(results[0]?.outcome, 'created');
  });
});
