/** Tells whether the service can do its work: it does a little of it. */
import { createRequire } from 'node:module';
import { DEFAULTS } from '../config.ts';
import { systemHealthRequest } from '../contract/tenant.ts';
import type { DerivedCheck, HealthCheck, HealthStatus } from '../contract/types.ts';
import { databaseId } from '../params.ts';
import { embedder as instanceEmbedder } from '../search/instance-embedder.ts';
import { openDatabase } from '../storage/database.ts';
import { type DerivedHealth, derivedHealth } from '../storage/derived-health.ts';
import { ping } from '../storage/ping.ts';
import { operation } from './operation.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/**
 * `system-health`: `unhealthy` if the database cannot be read; `degraded` if texts cannot be embedded, so that
 * what is added is found by its words alone for now, or if the last verification of what is derived left something
 * unmended or is too long ago. A failed check is never hidden.
 */
export const systemHealth = operation(
  'system-health',
  systemHealthRequest,
  async (_request, _caller, call) => {
    const database = () => openDatabase(databaseId.value());
    const [firestore, embedder, derived] = await Promise.all([
      check('unhealthy', () => ping(database(), call)),
      check('degraded', () => instanceEmbedder.embed(['health'], call.signal)),
      checkDerived(() => derivedHealth(database(), { ...call, deadline: Date.now() + DEFAULTS.HEALTH_MS })),
    ]);
    const worst = [firestore, embedder, derived].map(({ status }) => status).sort(bySeverity);
    return { status: worst[0] ?? 'unhealthy', checks: { firestore, embedder, derived }, version };
  },
);

const SEVERITY: readonly HealthStatus[] = ['unhealthy', 'degraded', 'healthy'];

function bySeverity(a: HealthStatus, b: HealthStatus): number {
  return SEVERITY.indexOf(a) - SEVERITY.indexOf(b);
}

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

async function checkDerived(read: () => Promise<DerivedHealth>): Promise<DerivedCheck> {
  let found: DerivedHealth = { status: 'degraded', lastVerification: null, eventLag: null };
  const { status, latencyMs } = await check('degraded', async () => {
    found = await read();
  });
  return { ...found, status: status === 'healthy' ? found.status : status, latencyMs };
}
