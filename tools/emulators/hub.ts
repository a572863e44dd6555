/** Where each emulator listens, as `host:port`. */
export type Addresses = Readonly<Record<EmulatorName, string>>;

type EmulatorName = (typeof EMULATORS)[number];

const EMULATORS = ['hub', 'auth', 'functions', 'firestore', 'hosting', 'tasks', 'eventarc'] as const;

const DEADLINE_MS = 10_000;

/**
 * Asks the emulator hub where the emulators are.
 *
 * @throws Error naming an emulator that the hub does not know, since firebase-tools goes on without it
 */
export async function askHub(hub: string): Promise<Addresses> {
  const known = await getJson(`http://${hub}/emulators`);
  const address = (name: EmulatorName): string => {
    const found = property(known, name);
    const host = property(found, 'host');
    const port = property(found, 'port');
    if (typeof host !== 'string' || typeof port !== 'number')
      throw new Error(`The ${name} emulator did not start.`);
    return `${host}:${port}`;
  };
  return {
    hub: address('hub'),
    auth: address('auth'),
    functions: address('functions'),
    firestore: address('firestore'),
    hosting: address('hosting'),
    tasks: address('tasks'),
    eventarc: address('eventarc'),
  };
}

/** How many functions the functions emulator has loaded: none when their code throws, and it says so nowhere else. */
export async function countFunctions(functions: string): Promise<number> {
  const backends = property(await getJson(`http://${functions}/backends`), 'backends');
  if (!Array.isArray(backends)) return 0;
  return backends.reduce<number>((sum, backend: unknown) => {
    const triggers = property(backend, 'functionTriggers');
    return sum + (Array.isArray(triggers) ? triggers.length : 0);
  }, 0);
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return response.json();
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
