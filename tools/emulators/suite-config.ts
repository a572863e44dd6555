import { HOST, type PortName, type Ports, USUAL_PORTS } from './ports.ts';

type Json = Record<string, unknown>;

/** firebase.json as far as the tools care: they add to it and leave the rest as it is. */
export type FirebaseConfig = Readonly<Json>;

/**
 * The configuration of one suite: firebase.json with a port for each emulator. A port written in firebase.json
 * stays. Unless `watch`, the functions emulator watches no file: a build for another suite in the same folder
 * would make this one load its functions again in the middle of a test.
 */
export function suiteConfig(
  base: FirebaseConfig,
  ports: Ports,
  { watch }: { watch: boolean },
): FirebaseConfig {
  const emulators: Json = { ...asObject(base.emulators) };
  for (const [name, port] of Object.entries(ports)) {
    if (name !== 'websocket') emulators[name] = { host: HOST, port, ...asObject(emulators[name]) };
  }
  emulators.firestore = { websocketPort: ports.websocket, ...asObject(emulators.firestore) };
  if (watch) return { ...base, emulators };
  const sources = Array.isArray(base.functions) ? base.functions : [base.functions];
  const functions = sources.map(asObject).map((source) => ({
    ...source,
    ignore: [...(Array.isArray(source.ignore) ? source.ignore : []), '**'],
  }));
  return { ...base, emulators, functions };
}

/** The ports that firebase.json itself names. */
export function configuredPorts(base: FirebaseConfig): Partial<Ports> {
  const emulators = asObject(base.emulators);
  const ports: Partial<Record<PortName, number>> = {};
  for (const name of [
    'hub',
    'logging',
    'hosting',
    'functions',
    'firestore',
    'auth',
    'eventarc',
    'tasks',
  ] as const) {
    const { port } = asObject(emulators[name]);
    if (typeof port === 'number') ports[name] = port;
  }
  const { websocketPort } = asObject(emulators.firestore);
  return typeof websocketPort === 'number' ? { ...ports, websocket: websocketPort } : ports;
}

/** Parses firebase.json. Throws SyntaxError when it is not JSON. */
export function parseFirebaseConfig(text: string): FirebaseConfig {
  return asObject(JSON.parse(text));
}

/** The ports to try for: those of firebase.json, before them the usual ones if asked for. */
export function wantedPorts(base: FirebaseConfig, preferUsual: boolean): Partial<Ports> {
  return { ...(preferUsual ? USUAL_PORTS : {}), ...configuredPorts(base) };
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
