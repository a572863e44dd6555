/**
 * The real callables: `session-append` and `memory-search` of the built functions, each in a process of its own,
 * called over HTTP with the token of a member.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Firestore } from '../../functions/src/storage/database.ts';
import type { OperationLog } from '../../functions/src/storage/operation-log.ts';
import { SpaceDirectory } from '../../functions/src/storage/space-directory.ts';
import { TenantDirectory } from '../../functions/src/storage/tenant-directory.ts';
import type { Conversation } from '../../tools/conversation/read-conversation.ts';
import { FunctionServer, signIn } from '../latency/served.ts';
import { batchesOf } from './data.ts';
import { type Query, spaceOf, type Way } from './way.ts';

/** Milliseconds until the last line of a log must have arrived, and between two looks. */
const LOG_MS = 5_000;
const LOOK_MS = 10;

/** For what is done in this process to prepare. */
const QUIET: OperationLog = { ended: () => undefined, failed: ({ cause }) => console.error(cause) };

/** Starts the processes, for the owner of a fresh tenant. */
export async function callables(database: Firestore, databaseId: string): Promise<Way> {
  const tenant = `retrieval-${randomUUID()}`;
  const { uid, token } = await signIn();
  const owner = () => ({ actor: uid, now: Date.now() });
  await new TenantDirectory(database, tenant, QUIET).create({ name: 'Retrieval' }, owner());
  const spaces = new SpaceDirectory(database, tenant, QUIET);
  const server = new FunctionServer(token, databaseId);
  const reads: number[] = [];
  let searches = 0;
  const served = await Promise.all([
    server.serve('session-append'),
    server.serve('memory-search', (line) => {
      const n = readsOf(line);
      if (n !== null) reads.push(n);
    }),
  ]).catch(async (error: unknown) => {
    await server[Symbol.asyncDispose]();
    throw error;
  });
  const [append, search] = served;
  return {
    name: 'callables',
    async store(conversation: Conversation) {
      const space = spaceOf(conversation);
      await spaces.create({ id: space, name: conversation.id }, owner());
      for (const [place, batch] of batchesOf(conversation.turns).entries()) {
        await connected(() => append.call({ tenant, space, ...batch, key: `batch-${place}` }));
      }
    },
    async search(conversation: Conversation, query: Query) {
      const began = performance.now();
      const request = { tenant, space: spaceOf(conversation), ...query };
      const { results } = await connected(() => search.call(request));
      searches += 1;
      return { ids: results.map(({ memory }) => memory.id), latencyMs: performance.now() - began };
    },
    async reads() {
      const end = performance.now() + LOG_MS;
      while (reads.length < searches) {
        if (performance.now() > end) throw new Error('The log of memory-search does not tell its reads.');
        await pause(LOOK_MS);
      }
      return reads;
    },
    end: () => server[Symbol.asyncDispose](),
  };
}

/** Calls once more where the server has just closed the connection that was kept for the next call. */
async function connected<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return call();
  }
}

/** The reads that a line of the log tells of a search, NaN if it leaves them out; null if it is another line. */
export function readsOf(line: string): number | null {
  if (!line.includes('"memory.search"')) return null;
  const record: unknown = JSON.parse(line);
  if (typeof record !== 'object' || record === null) return null;
  if (Reflect.get(record, 'operation') !== 'memory.search') return null;
  const reads: unknown = Reflect.get(record, 'reads');
  return typeof reads === 'number' ? reads : Number.NaN;
}
