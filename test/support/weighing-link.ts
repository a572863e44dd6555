/**
 * A database that takes every commit, keeps nothing, and tells how large the commit was on the wire. The real SDK
 * speaks to it, so what it weighs is what a deployment would send.
 */
import { once } from 'node:events';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Firestore } from '../../functions/src/storage/database.ts';
import { openDatabaseAt } from './faulty-link.ts';

/** The database, and what it was sent. */
export interface WeighingLink {
  readonly database: Firestore;
  /** Bytes of the last commit. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** A gRPC message of no bytes: an empty answer to a commit. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/** The id of a project has up to 30 characters. */
const LONGEST_PROJECT = 'p'.repeat(30);

/** Opens such a database. Where no project is named, as in unit tests, it is one until the link is closed. */
export async function openWeighingLink(databaseId: string): Promise<WeighingLink> {
  const weighed = { bytes: 0 };
  const sessions = new Set<http2.Http2Session>();
  const server = http2.createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => {
    let bytes = 0;
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    stream.on('end', () => {
      weighed.bytes = bytes;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(EMPTY_MESSAGE);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const project = process.env.GCLOUD_PROJECT;
  process.env.GCLOUD_PROJECT ??= LONGEST_PROJECT;
  // The SDK would look for a service account on the network.
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  const database = openDatabaseAt(`127.0.0.1:${(server.address() as AddressInfo).port}`, databaseId);
  return {
    database,
    get bytes() {
      return weighed.bytes;
    },
    close: async () => {
      if (project === undefined) delete process.env.GCLOUD_PROJECT;
      await database.terminate();
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}
