/** Tells whether the service can do its work: it does a little of it. */
import { createRequire } from 'node:module';
import { systemHealthRequest } from '../contract/tenant.ts';
import type { HealthCheck, HealthStatus } from '../contract/types.ts';
import { databaseId } from '../params.ts';
import { embedder as instanceEmbedder } from '../search/instance-embedder.ts';
import { openDatabase } from '../storage/database.ts';
import { ping } from '../storage/ping.ts';
import { operation } from './operation.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/**
 * `system-health`: `unhealthy` if the database cannot be read, `degraded` if texts cannot be embedded, so
 * that nothing can be added and only `keyword` searches work. A failed check is never hidden.
 */
export const systemHealth = operation(
  'system-health',
  systemHealthRequest,
  async (_request, _caller, call) => {
    const [firestore, embedder] = await Promise.all([
      check('unhealthy', () => ping(openDatabase(databaseId.value()), call)),
      check('degraded', () => instanceEmbedder.embed(['health'], call.signal)),
    ]);
    const status = firestore.status !== 'healthy' ? firestore.status : embedder.status;
    return { status, checks: { firestore, embedder }, version };
  },
);

async function check(whenFailed: HealthStatus, work: () => Promise<unknown>): Promise<HealthCheck> {
  const began = performance.now();
  const status = await Promise.resolve()
    .then(work)
    .then(
      () => 'healthy' as const,
      () => whenFailed,
    );
  return { status, latencyMs: Math.round(performance.now() - began) };
}
