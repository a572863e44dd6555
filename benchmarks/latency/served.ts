/**
 * The built functions as Cloud Run runs them: one process a function, served by the functions framework, with
 * the emulators behind. Sign-in, body, schema and admission are in what is measured here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { OperationName, Operations } from '../../functions/src/contract/types.ts';
import { freePort } from '../../tools/emulators/ports.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FRAMEWORK = fileURLToPath(import.meta.resolve('@google-cloud/functions-framework'));
const LOOPBACK = fileURLToPath(new URL('./loopback.ts', import.meta.url));

/** How long a process may take until it answers. */
const START_MS = 30_000;
const RETRY_MS = 100;

/** One function that is being served. */
export interface Served<N extends OperationName> {
  /** Calls it as a client SDK would; rejects with the body of an answer that is not 200. */
  call(request: Operations[N]['request']): Promise<Operations[N]['response']>;
  /** Calls it without a token, and resolves when it has refused. */
  refused(): Promise<void>;
  /** Calls it for a tenant that the caller is no member of, and resolves when it has refused. */
  refusedStranger(request: Operations[N]['request']): Promise<void>;
}

/** Processes that serve functions, to be ended together. */
export class FunctionServer implements AsyncDisposable {
  readonly #children: ChildProcess[] = [];
  readonly #token: string;
  readonly #databaseId: string;

  /** @param token of a user that is signed in at the auth emulator */
  constructor(token: string, databaseId: string) {
    this.#token = token;
    this.#databaseId = databaseId;
  }

  /**
   * Starts to serve a function, and waits until it answers.
   * @param onLine gets each line that it writes to its log
   */
  async serve<N extends OperationName>(name: N, onLine?: (line: string) => void): Promise<Served<N>> {
    const { child, url } = await startFunction(name.replace('-', '.'), 'http', this.#databaseId, onLine);
    this.#children.push(child);
    const post = (data: unknown, headers: Record<string, string>) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ data }),
      });
    return {
      call: async (request) => {
        const response = await post(request, { authorization: `Bearer ${this.#token}` });
        const body = await response.text();
        if (response.status !== 200) throw new Error(`${name} answered ${response.status}: ${body}`);
        return (JSON.parse(body) as { result: Operations[N]['response'] }).result;
      },
      refused: async () => {
        const response = await post({}, {});
        await response.text();
        if (response.status !== 401) throw new Error(`${name} answered ${response.status} without a token.`);
      },
      refusedStranger: async (request) => {
        const response = await post(request, { authorization: `Bearer ${this.#token}` });
        await response.text();
        if (response.status !== 403) throw new Error(`${name} answered ${response.status} to a stranger.`);
      },
    };
  }

  /** Ends the processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map(endFunction));
  }
}

/**
 * Starts a process that serves one export of the built functions, and waits until it answers.
 * @param environment replaces what this process has
 * @throws Error if it does not; then the process has ended
 */
export async function startFunction(
  target: string,
  signature: 'http' | 'cloudevent',
  databaseId: string,
  onLine?: (line: string) => void,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      ...['--import', LOOPBACK, FRAMEWORK.replace(/index\.js$/, 'main.js')],
      ...[`--target=${target}`, '--source=functions', `--signature-type=${signature}`, `--port=${port}`],
    ],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        FIREMEMORY_DATABASE: databaseId,
        // What Cloud Run would tell; there is no metadata server to ask.
        FIREBASE_CONFIG: JSON.stringify({ projectId: process.env.GCLOUD_PROJECT }),
        METADATA_SERVER_DETECTION: 'none',
        NODE_ENV: 'production',
        ...environment,
      },
      stdio: ['ignore', onLine === undefined ? 'ignore' : 'pipe', 'inherit'],
    },
  );
  if (onLine !== undefined && child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', onLine);
  }
  const url = `http://127.0.0.1:${port}/`;
  try {
    await answers(url, child, signature);
  } catch (error) {
    await endFunction(child);
    throw error;
  }
  return { child, url };
}

/** Ends a process that serves a function. */
export async function endFunction(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Signs a new user in at the auth emulator. */
export async function signIn(): Promise<{ readonly uid: string; readonly token: string }> {
  const host = process.env.FIREBASE_AUTH_EMULATOR_HOST;
  if (!host) throw new Error('This needs the auth emulator: npm run bench:latency');
  const path = 'identitytoolkit.googleapis.com/v1/accounts:signUp?key=emulator';
  const response = await fetch(`http://${host}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ returnSecureToken: true }),
  });
  const { localId, idToken } = (await response.json()) as { localId: string; idToken: string };
  return { uid: localId, token: idToken };
}

async function answers(url: string, child: ChildProcess, signature: 'http' | 'cloudevent'): Promise<void> {
  const end = performance.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error('The functions framework ended at once.');
    if (await (signature === 'http' ? answersCall(url) : listens(url))) return;
    if (performance.now() > end) throw new Error('The functions framework does not answer.');
    await pause(RETRY_MS);
  }
}

async function answersCall(url: string): Promise<boolean> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: '{"data":null}' }).catch(() => null);
  await response?.text();
  return response !== null;
}

/** Whether the port is open: the framework opens it with the function loaded, and any request would be an event. */
function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
