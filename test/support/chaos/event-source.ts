/**
 * Real events: a Firestore emulator of its own, whose functions emulator is a small server in this process. A
 * trigger is registered as firebase-tools does it, so what is recorded is what the emulator would have sent to the
 * functions, byte for byte; nothing is carried out before a test hands an event to the function.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { freePort, HOST } from '../../../tools/emulators/ports.ts';
import { findRequirements } from '../../../tools/emulators/requirements.ts';
import { PROJECT } from '../emulators.ts';
import { until } from '../poll.ts';

/** An event as it came: a CloudEvent whose data are still what was sent. */
export interface RawEvent {
  readonly id: string;
  /** Path of the memory within the database. */
  readonly document: string;
  readonly database: string;
  readonly data: Buffer;
  /** All attributes of the event, by name. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The emulator and what it has sent. */
export interface EventSource {
  /** `host:port` of the emulator. */
  readonly host: string;
  /** Resolves with the events of documents below a path, in the order of their arrival, when there are so many. */
  captured(below: string, count: number): Promise<readonly RawEvent[]>;
  /** Calls for each event that arrives from now on; the answer stops that. */
  listen(listener: (event: RawEvent) => void): () => void;
  /** Ends the emulator. */
  close(): Promise<void>;
}

const START_MS = 30_000;
const CAPTURE_MS = 20_000;

/** Starts a source of the events of every memory of these databases. Takes about 3 s. */
export async function openEventSource(databases: readonly string[]): Promise<EventSource> {
  const { javaHome, firestoreJar } = await findRequirements();
  const listeners = new Set<(event: RawEvent) => void>();
  const events: RawEvent[] = [];
  const server = await captureServer((event) => {
    events.push(event);
    for (const listener of [...listeners]) listener(event);
  });
  const host = `${HOST}:${await freePort()}`;
  const capture = `${HOST}:${(server.address() as AddressInfo).port}`;
  const emulator = spawnEmulator(javaHome, firestoreJar, host, capture);
  try {
    await untilUp(emulator, host);
    for (const database of databases) await register(host, database);
  } catch (error) {
    emulator.kill('SIGKILL');
    server.close();
    throw error;
  }
  const listen = (listener: (event: RawEvent) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const below = (prefix: string) => events.filter(({ document }) => document.startsWith(prefix));
  return {
    host,
    listen,
    captured: (prefix, count) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly RawEvent[]>();
      let left = count - below(prefix).length;
      if (left <= 0) return Promise.resolve(below(prefix));
      const timer = setTimeout(() => {
        reject(new Error(`${left} of ${count} events below ${prefix} did not come in ${CAPTURE_MS} ms.`));
      }, CAPTURE_MS);
      const stop = listen(({ document }) => {
        if (document.startsWith(prefix)) left -= 1;
        if (left === 0) resolve(below(prefix));
      });
      return promise.finally(() => {
        clearTimeout(timer);
        stop();
      });
    },
    close: async () => {
      const ended = once(emulator, 'exit');
      emulator.kill('SIGKILL');
      await ended;
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A server that takes what the emulator posts to `/functions/projects/…/triggers/…`. */
async function captureServer(take: (event: RawEvent) => void): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // The emulator sends protobuf as base64, and its functions emulator decodes that.
      const sent = Buffer.concat(chunks);
      const isBase64 = request.headers['content-type']?.includes('application/protobuf');
      take(eventOf(request.headers, isBase64 ? Buffer.from(sent.toString('latin1'), 'base64') : sent));
      response.end('{"status":"acknowledged"}');
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return server;
}

/** The attributes of a CloudEvent in binary mode are headers. */
function eventOf(headers: IncomingHttpHeaders, data: Buffer): RawEvent {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-')) attributes[name.slice(3)] = String(value);
  }
  const { id = '', document = '', database = '' } = attributes;
  return { id, document, database, data, attributes };
}

function spawnEmulator(javaHome: string, jar: string, host: string, functions: string): ChildProcess {
  const [address, port] = host.split(':');
  const flags = [`--host=${address}`, `--port=${port}`, `--functions_emulator=${functions}`];
  const java = path.join(javaHome, 'bin/java');
  return spawn(java, ['-jar', jar, ...flags], { stdio: 'ignore' });
}

async function untilUp(emulator: ChildProcess, host: string): Promise<void> {
  const ask = async () => {
    if (emulator.exitCode !== null) throw new Error('The Firestore emulator of the events did not start.');
    const answer = await fetch(`http://${host}/`).catch(() => null);
    return answer?.ok ? true : null;
  };
  await until('the Firestore emulator of the events is up', ask, START_MS);
}

/** As firebase-tools does it: `FunctionsEmulator.addFirestoreTrigger` and `getV2FirestoreAttributes`. */
async function register(host: string, database: string): Promise<void> {
  const trigger = `/emulator/v1/projects/${PROJECT}/eventarcTrigger?eventarcTriggerId=capture-${database}`;
  const response = await fetch(`http://${host}${trigger}`, {
    method: 'POST',
    headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
    body: JSON.stringify({
      eventType: 'google.cloud.firestore.document.v1.written',
      database,
      namespace: '(default)',
      document: {
        value: 'tenants/{tenantId}/spaces/{spaceId}/memories/{memoryId}',
        matchType: 'PATH_PATTERN',
      },
    }),
  });
  if (!response.ok) throw new Error(`The trigger was refused: ${response.status} ${await response.text()}`);
}
