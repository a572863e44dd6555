/** A server on a free port of 127.0.0.1 that speaks the protocol of callables, and a client bound to it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deleteApp, initializeApp } from 'firebase/app';
import { getFirestore } from 'firebase/firestore';
import { connectFunctionsEmulator, getFunctions } from 'firebase/functions';
import { createFirememory, type Firememory } from '../../../client/src/index.ts';

/** What the next call is answered with: `{ result }`, `{ error: { status, message, details } }`, or worse. */
export interface StubAnswer {
  readonly status?: number;
  readonly body: unknown;
}

/** The stub: what it was asked, what it will answer, and the client that asks. */
export interface CallableStub {
  readonly memory: Firememory;
  readonly calls: { path: string; data: unknown }[];
  answer: StubAnswer;
  /** Stops answering; the client remains. */
  closeServer(): Promise<void>;
  close(): Promise<void>;
}

const PROJECT = 'demo-client';

/** Starts the stub; `close` ends it. */
export async function startCallableStub(tenant = 'acme'): Promise<CallableStub> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    stub.calls.push({ path: request.url ?? '', data: (body as { data: unknown }).data });
    response.writeHead(stub.answer.status ?? 200, {
      'content-type': 'application/json',
      connection: 'close',
    });
    response.end(JSON.stringify(stub.answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const app = initializeApp({ projectId: PROJECT, apiKey: 'demo' }, `stub-${crypto.randomUUID()}`);
  const functions = getFunctions(app);
  connectFunctionsEmulator(functions, '127.0.0.1', (server.address() as AddressInfo).port);
  const stub: CallableStub = {
    memory: createFirememory({ functions, firestore: getFirestore(app), tenant }),
    calls: [],
    answer: { body: { result: {} } },
    async closeServer() {
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
    async close() {
      await deleteApp(app);
      await stub.closeServer();
    },
  };
  return stub;
}

/** The path at which the Functions SDK calls an operation. */
export function callablePath(name: string): string {
  return `/${PROJECT}/us-central1/${name}`;
}
