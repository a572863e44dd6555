/**
 * A link to the Firestore emulator that fails on purpose. The real SDK speaks HTTP/2 to this proxy, and the
 * proxy to the real emulator; everything passes unchanged but the answer to the commit that is to fail. So the
 * retries of the gRPC layer and of the SDK's transactions are those that a deployment has.
 */
import { once } from 'node:events';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Firestore, openDatabase } from '../../functions/src/storage/database.ts';
import { noteDatabase } from './used-databases.ts';

const { HTTP2_HEADER_PATH: PATH } = http2.constants;

/** The calls that read. */
const READ = /\/(BatchGetDocuments|RunQuery|RunAggregationQuery)$/;

/** What the caller is told; `meanwhile` is awaited before. */
interface Failure {
  readonly status: number;
  readonly message?: string;
  readonly meanwhile?: () => Promise<void>;
}

/** What becomes of a commit that fails. */
export type Fault =
  /** It never reaches the database, and the caller is told so by a gRPC status. */
  | ({ readonly when: 'before' } & Failure)
  /** The database applies it; the caller is told that it failed. */
  | ({ readonly when: 'after' } & Failure)
  /** The database applies it, which `applied` hears, and the caller hears nothing, ever. */
  | { readonly when: 'unanswered'; readonly applied?: () => void };

/** A commit that is never answered, and a signal that is aborted as soon as it is applied: its caller gives up then. */
export function unanswered(): { readonly fault: Fault; readonly signal: AbortSignal } {
  const caller = new AbortController();
  return { fault: { when: 'unanswered', applied: () => caller.abort() }, signal: caller.signal };
}

/** A database behind a link whose commits can be made to fail. */
export interface FaultyLink {
  /** Where it listens, for other processes that are to use it. */
  readonly host: string;
  /** Commits that the SDK has sent since the last `failNext`, those that failed included. */
  readonly commits: number;
  /** Bytes of the largest of them, as sent. */
  readonly largestCommit: number;
  /** Makes the next commits fail, one fault for each; `null` lets one pass. */
  failNext(...faults: readonly (Fault | null)[]): void;
  /** Reads that the SDK has sent since the last `failNextReads`: look-ups, queries and aggregations. */
  readonly reads: number;
  /** Makes the next reads fail before they reach the database, one failure for each; `null` lets one pass. */
  failNextReads(...failures: readonly (Failure | null)[]): void;
  /** From now on refuses each commit that names a document so, as one that can never be applied; null ends that. */
  refuseAlways(part: string | null): void;
  /** Ends the connections. */
  close(): Promise<void>;
}

/**
 * Opens a link to the emulator, or to another one at `host`, and the database behind it: from now on everybody in
 * this process uses the link.
 */
export async function openFaultyLink(
  databaseId: string,
  host = process.env.FIRESTORE_EMULATOR_HOST,
): Promise<FaultyLink> {
  const emulator = http2.connect(`http://${host}`);
  const sessions = new Set<http2.Http2Session>();
  const script = { faults: [] as (Fault | null)[], commits: 0, largest: 0 };
  const unheard = new Set<http2.ServerHttp2Stream>();
  const poison = { part: null as string | null };
  const reading = { failures: [] as (Failure | null)[], reads: 0 };
  const server = http2.createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    // A caller that gives up resets its stream: nothing more is owed to it.
    stream.on('error', () => undefined);
    const isCommit = String(headers[PATH]).endsWith('/Commit');
    if (isCommit) script.commits += 1;
    let bytes = 0;
    const weigh = (chunk: Buffer) => {
      bytes += chunk.length;
      script.largest = Math.max(script.largest, bytes);
    };
    if (isCommit) stream.on('data', weigh);
    const fault = isCommit ? (script.faults.shift() ?? null) : null;
    if (fault?.when === 'before') return refuse(stream, fault);
    if (READ.test(String(headers[PATH]))) {
      reading.reads += 1;
      const failure = reading.failures.shift() ?? null;
      if (failure !== null) return refuse(stream, { when: 'before', ...failure });
    }
    if (isCommit && poison.part !== null) return forwardUnless(poison.part, emulator, stream, headers);
    const forwarded = emulator.request(headers);
    forwarded.on('error', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
    stream.pipe(forwarded);
    if (fault === null) return relay(forwarded, stream);
    forwarded.resume();
    if (fault.when === 'unanswered') unheard.add(stream);
    forwarded.on('end', () => {
      if (fault.when === 'after') refuse(stream, fault);
      else fault.applied?.();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const database = openDatabaseAt(at, databaseId);
  return {
    host: at,
    get commits() {
      return script.commits;
    },
    get largestCommit() {
      return script.largest;
    },
    failNext: (...faults) => {
      script.faults = [...faults];
      script.commits = 0;
      script.largest = 0;
    },
    get reads() {
      return reading.reads;
    },
    failNextReads: (...failures) => {
      Object.assign(reading, { failures, reads: 0 });
    },
    refuseAlways: (part) => {
      poison.part = part;
    },
    close: async () => {
      // The SDK waits for what it has sent, for a minute, before it ends.
      for (const stream of unheard) refuse(stream, ABANDONED);
      await database.terminate();
      for (const session of sessions) session.destroy();
      emulator.destroy();
      server.close();
    },
  };
}

/** PERMISSION_DENIED, after which nobody tries again: what a commit hears in the end that nobody waits for any more. */
const ABANDONED = { when: 'after', status: 7, message: 'the link is closed' } as const;

/** INVALID_ARGUMENT, as Firestore answers to a document that would be too large. */
const REFUSED = { when: 'before', status: 3, message: 'exceeds the maximum allowed size' } as const;

/** Hears a commit to its end before it is passed on, or refused if it names such a document. */
function forwardUnless(
  part: string,
  emulator: http2.ClientHttp2Session,
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
): void {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    const sent = Buffer.concat(chunks);
    if (sent.includes(part)) return refuse(stream, REFUSED);
    const forwarded = emulator.request(headers);
    forwarded.on('error', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
    forwarded.end(sent);
    relay(forwarded, stream);
  });
}

/** Passes an answer on, with the trailers that carry its gRPC status. */
function relay(from: http2.ClientHttp2Stream, to: http2.ServerHttp2Stream): void {
  let trailers: http2.IncomingHttpHeaders = {};
  from.on('trailers', (received) => {
    trailers = received;
  });
  from.on('response', (headers) => {
    if (to.destroyed) return;
    if (headers['grpc-status'] !== undefined) {
      // A refusal: its status is in the headers, and nothing follows them.
      from.resume();
      return to.respond(headers, { endStream: true });
    }
    to.respond(headers, { waitForTrailers: true });
    to.on('wantTrailers', () => to.sendTrailers(trailers));
    from.pipe(to);
  });
}

/** Answers with the status of the fault and nothing else; a `meanwhile` that fails is told in its message. */
function refuse(stream: http2.ServerHttp2Stream, fault: Exclude<Fault, { when: 'unanswered' }>): void {
  stream.resume();
  const answer = (message: string) => {
    if (stream.destroyed) return;
    const status = { 'grpc-status': String(fault.status), 'grpc-message': encodeURIComponent(message) };
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...status }, { endStream: true });
  };
  const meanwhile = fault.meanwhile?.() ?? Promise.resolve();
  meanwhile.then(
    () => answer(fault.message ?? 'a fault that a test injected'),
    (error: unknown) => answer(String(error)),
  );
}

/** Opens a database at an address: the SDK reads that from the environment alone, when the database is first opened. */
export function openDatabaseAt(host: string, databaseId: string): Firestore {
  noteDatabase(databaseId);
  const usual = process.env.FIRESTORE_EMULATOR_HOST;
  process.env.FIRESTORE_EMULATOR_HOST = host;
  try {
    return openDatabase(databaseId);
  } finally {
    if (usual === undefined) delete process.env.FIRESTORE_EMULATOR_HOST;
    else process.env.FIRESTORE_EMULATOR_HOST = usual;
  }
}
