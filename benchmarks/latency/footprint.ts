/**
 * What an operation reads and writes, seen in the messages that the Admin SDK exchanges with Firestore:
 * documents that came back, missing ones included, at least one for each query and one for each aggregation,
 * as Firestore bills them; and the writes of each commit.
 */
import type { Firestore } from '../../functions/src/storage/database.ts';

/** Reads and writes of one operation. */
export interface Footprint {
  readonly reads: number;
  readonly writes: number;
}

interface Stream {
  emit(event: string, ...args: unknown[]): boolean;
}

/** The two doors through which the Admin SDK (@google-cloud/firestore 9) sends everything. */
interface Doors {
  request(method: string, body: { readonly writes?: readonly unknown[] }, ...rest: unknown[]): unknown;
  requestStream(method: string, ...rest: unknown[]): Promise<Stream>;
}

/** Runs `work` and counts. Nothing else may use the database meanwhile. */
export async function observe(database: Firestore, work: () => Promise<unknown>): Promise<Footprint> {
  const doors = database as unknown as Doors;
  const { request, requestStream } = doors;
  const streams: { documents: number }[] = [];
  let writes = 0;
  doors.request = (method, body, ...rest) => {
    if (method === 'commit') writes += body.writes?.length ?? 0;
    return request.call(doors, method, body, ...rest);
  };
  doors.requestStream = async (method, ...rest) => {
    const stream = await requestStream.call(doors, method, ...rest);
    const seen = { documents: 0 };
    streams.push(seen);
    const emit = stream.emit.bind(stream);
    stream.emit = (event, ...args) => {
      if (event === 'data' && isDocument(args[0])) seen.documents += 1;
      return emit(event, ...args);
    };
    return stream;
  };
  try {
    await work();
  } finally {
    Object.assign(doors, { request, requestStream });
  }
  return { reads: streams.reduce((sum, { documents }) => sum + Math.max(1, documents), 0), writes };
}

/** Other messages carry a transaction's id, or the time of a read, alone. */
function isDocument(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  const { found, missing, document } = message as Record<string, unknown>;
  return Boolean(found ?? missing ?? document);
}
