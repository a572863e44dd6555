/** The built functions as Cloud Run runs them: what a caller who hangs up leaves, and a database that is down. */
import assert from 'node:assert/strict';
import { endFunction, signIn, startFunction } from '../../../benchmarks/latency/served.ts';
import type { MemoryAddResponse, SystemHealthResponse } from '../../../functions/src/contract/types.ts';
import { TenantDirectory } from '../../../functions/src/storage/tenant-directory.ts';
import { type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { until } from '../../support/poll.ts';
import { callBy, freshId, SILENT, spaceOf, testDatabase } from '../../support/storage.ts';

const DATABASE = 'over-http';

/** A port on which nobody listens. */
const NOWHERE = '127.0.0.1:1';

/** A function that is being served, and what it wrote to its log. */
interface Process extends AsyncDisposable {
  readonly lines: readonly string[];
  call(data: object, signal?: AbortSignal): Promise<Response>;
}

async function serve(name: string, token: string, firestore: string): Promise<Process> {
  const lines: string[] = [];
  const environment = { FIRESTORE_EMULATOR_HOST: firestore };
  const onLine = (line: string) => void lines.push(line);
  const { child, url } = await startFunction(name, 'http', DATABASE, onLine, environment);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return {
    lines,
    call: (data, signal) =>
      fetch(url, { method: 'POST', headers, body: JSON.stringify({ data }), ...(signal && { signal }) }),
    [Symbol.asyncDispose]: () => endFunction(child),
  };
}

describe('a caller who hangs up', () => {
  let link: FaultyLink;
  before(async () => {
    link = await openFaultyLink(DATABASE);
  });
  after(() => link.close());

  it('ends the storage call, and by its key hears what it did', async () => {
    const tenant = freshId('tenant');
    const { uid, token } = await signIn();
    const directory = new TenantDirectory(testDatabase(DATABASE), tenant, SILENT);
    await directory.create({}, callBy(uid));
    await using served = await serve('memory.add', token, link.host);
    const add = (text: string, key: string, signal?: AbortSignal) =>
      served.call({ tenant, memories: [{ text }], dedupe: 'off', key }, signal);
    // The first add of a space makes its counters; the next one is a single commit.
    assert.equal((await add('before', 'k1')).status, 200);

    link.failNext({ when: 'unanswered' });
    const caller = new AbortController();
    const hungUp = add('hung up', 'k2', caller.signal);
    await until('the commit', async () => (link.commits > 0 ? true : null));
    caller.abort();
    await assert.rejects(hungUp, { name: 'AbortError' });
    const ended = await until('the end of the storage call', async () => {
      const line = served.lines.find((one) => one.includes('"memory.add"') && one.includes('"cancelled"'));
      return line ?? null;
    });
    assert.ok(!ended.includes('hung up') && !ended.includes(tenant), ended);

    const again = await add('hung up', 'k2');
    const { result } = (await again.json()) as { result: MemoryAddResponse };
    assert.deepEqual([again.status, result.replayed, result.results.length], [200, true, 1]);
    const { docs } = await spaceOf(tenant, uid, DATABASE).memories.get();
    assert.deepEqual(docs.map((memory) => memory.get('text')).sort(), ['before', 'hung up']);
  });
});

describe('system-health', () => {
  for (const [is, host, expected] of [
    ['is unhealthy where the database cannot be read', () => NOWHERE, 'unhealthy'],
    ['is not where it can', () => process.env.FIRESTORE_EMULATOR_HOST ?? '', 'healthy'],
  ] as const) {
    it(is, async () => {
      const { token } = await signIn();
      await using served = await serve('system.health', token, host());
      const response = await served.call({});
      const { result } = (await response.json()) as { result: SystemHealthResponse };
      assert.deepEqual([response.status, result.checks.firestore.status], [200, expected]);
      assert.equal(result.status === 'unhealthy', expected === 'unhealthy');
    });
  }
});
