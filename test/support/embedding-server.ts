/** A server on this machine that speaks the protocols of hosted embedding models, and fails on demand. */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A request as it arrived. */
export interface Arrived {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How one request is answered. */
export type Answer = (request: Arrived, response: ServerResponse) => void;

/** A running server. */
export interface EmbeddingServer {
  readonly url: string;
  /** What arrived so far, in its order. */
  readonly arrived: Arrived[];
  /** The most requests that were open at a time. */
  mostOpen(): number;
  /** Answers of the next requests; those after them get `usual`. */
  next(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1 that answers each request with `usual`, unless it is told. */
export async function embeddingServer(usual: Answer): Promise<EmbeddingServer> {
  const arrived: Arrived[] = [];
  const script: Answer[] = [];
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.once('close', () => {
      open -= 1;
    });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Arrived['body'];
      const seen = { path: request.url ?? '', headers: request.headers, body };
      arrived.push(seen);
      (script.shift() ?? usual)(seen, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrived,
    mostOpen: () => most,
    next: (...answers) => {
      script.push(...answers);
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers with a status and a body, as JSON unless it is a text already. */
export function says(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Ends the connection without an answer. */
export const resets: Answer = (_request, response) => {
  response.socket?.resetAndDestroy();
};

/** Never answers. */
export const isSilent: Answer = () => undefined;

/** A vector of a text, of any length, that no other text has: its second number is the length of the text. */
export function vectorOf(text: string, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, n) => [1, text.length, text.charCodeAt(0) || 0][n] ?? 0);
}

/** The same at length 1, as an embedder is to return it. */
export function unitVectorOf(text: string, dimensions: number): number[] {
  const vector = vectorOf(text, dimensions);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}

/** A port of this machine on which nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = await embeddingServer(isSilent);
  await server.close();
  const { port } = new URL(server.url);
  await assert.rejects(
    new Promise((resolve, reject) =>
      connect(Number(port), '127.0.0.1', () => resolve(null)).on('error', reject),
    ),
  );
  return server.url;
}
