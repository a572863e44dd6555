/** The same operations over HTTP: what a client waits for, but for the network. */
import { SpaceDirectory } from '../../functions/src/storage/space-directory.ts';
import { TenantDirectory } from '../../functions/src/storage/tenant-directory.ts';
import { type Footprint, observe } from './footprint.ts';
import { PAGE, type Pair } from './operations.ts';
import type { Case } from './rounds.ts';
import { type Scene, SPACE } from './scene.ts';
import { FunctionServer, signIn } from './served.ts';
import { sentence } from './texts.ts';

/** An operation over HTTP. */
export interface HttpCase extends Case {
  /** The operation in process whose shape it compares with; null for what does nothing. */
  readonly pair: Pair | null;
  /** What it reads and writes: the operation, and the admission before it. */
  readonly footprint: Footprint;
  /** Whether it embeds one text, whose time is not to count. */
  readonly embeds: boolean;
}

/** Texts of these cases begin here, above all others. */
const FIRST_TEXT = 5_000_000;

/** Serves the operations, for an owner of the tenant of the scene; `end` stops the processes. */
export async function httpCases(
  scene: Scene,
  databaseId: string,
  pairs: readonly Pair[],
): Promise<{ cases: HttpCase[]; end(): Promise<void> }> {
  const { tenantId: tenant } = scene.paths;
  const { uid, token } = await signIn();
  const owner = { actor: uid, now: Date.now() };
  const directory = new TenantDirectory(scene.database, tenant);
  await directory.create({ name: 'Latency' }, owner);
  await new SpaceDirectory(scene.database, tenant).create({ id: SPACE, name: 'Latency' }, owner);
  const admission = await observe(scene.database, () => directory.admit([SPACE], owner));
  const server = new FunctionServer(token, databaseId);
  try {
    const [add, get, update, list] = await Promise.all([
      server.serve('memory-add'),
      server.serve('memory-get'),
      server.serve('memory-update'),
      server.serve('memory-list'),
    ]);
    let texts = FIRST_TEXT;
    const text = () => {
      texts += 1;
      return sentence(texts);
    };
    const scope = { tenant, space: SPACE };
    const runs: Record<string, () => Promise<unknown>> = {
      add: () => add.call({ ...scope, memories: [{ text: text() }] }),
      get: () => get.call({ ...scope, id: scene.look() }),
      update: () => update.call({ ...scope, id: scene.take(), changes: { text: text() } }),
      [`list of ${PAGE}`]: () => list.call({ ...scope, limit: PAGE }),
    };
    const cases = pairs.flatMap((pair): HttpCase[] => {
      const run = runs[pair.name];
      if (run === undefined) return [];
      const { reads, writes } = pair.footprint;
      const footprint = { reads: reads + admission.reads, writes: writes + admission.writes };
      const embeds = pair.name === 'add' || pair.name === 'update';
      return [{ name: `http ${pair.name}`, run, pair, footprint, embeds }];
    });
    const refusal = { name: 'http, refused without a token', run: () => get.refused() };
    const stranger = {
      name: 'http, refused to a stranger',
      run: () => get.refusedStranger({ tenant: `${tenant}-not`, space: SPACE, id: 'any' }),
    };
    const nothing = { pair: null, footprint: { reads: 0, writes: 0 }, embeds: false };
    const admitted = { ...nothing, footprint: admission };
    return {
      cases: [...cases, { ...refusal, ...nothing }, { ...stranger, ...admitted }],
      end: () => server[Symbol.asyncDispose](),
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
