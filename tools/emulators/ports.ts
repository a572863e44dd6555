import { createServer, type Server } from 'node:net';

/** Nothing here is meant for other machines. */
export const HOST = '127.0.0.1';

/**
 * The ports that a suite listens on, with those that Firebase's documentation uses. firebase-tools looks for
 * another port by itself only for hub, hosting, tasks and eventarc; for auth, functions and firestore it gives
 * up, and two suites that start together take the same ports in the time between its check and its use.
 */
export const USUAL_PORTS = {
  hub: 4400,
  logging: 4500,
  hosting: 5000,
  functions: 5001,
  firestore: 8080,
  websocket: 9150,
  auth: 9099,
  eventarc: 9299,
  tasks: 9499,
} as const;

/** One listener of the suite. */
export type PortName = keyof typeof USUAL_PORTS;

/** A port for every listener. */
export type Ports = Readonly<Record<PortName, number>>;

/**
 * Gives every listener a port: a wanted one if it is free, else one that the system picks. All are held at once
 * while choosing, so that no two get the same.
 */
export async function choosePorts(wanted: Partial<Ports>): Promise<Ports> {
  const held: Server[] = [];
  const take = async (name: PortName): Promise<[PortName, number]> => {
    const preferred = wanted[name];
    const server = (preferred && (await listen(preferred))) || (await listen(0));
    if (!server) throw new Error(`No free port on ${HOST}.`);
    held.push(server);
    return [name, portOf(server)];
  };
  try {
    const ports: [PortName, number][] = [];
    for (const name of Object.keys(USUAL_PORTS)) if (isPortName(name)) ports.push(await take(name));
    return { ...USUAL_PORTS, ...Object.fromEntries(ports) };
  } finally {
    await Promise.all(held.map(close));
  }
}

/** A port of `HOST` that the system picks. It is free when this returns; whoever takes it takes it soon. */
export async function freePort(): Promise<number> {
  const server = await listen(0);
  if (!server) throw new Error(`No free port on ${HOST}.`);
  const port = portOf(server);
  await close(server);
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server without a port.');
  return address.port;
}

function close(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}

function isPortName(name: string): name is PortName {
  return name in USUAL_PORTS;
}

/** Resolves to undefined when the port is taken or not allowed. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: HOST, port }, () => resolve(server));
  });
}
