/** A filled space, the manager on it, and what is taken from it by the measured operations. */
import { randomUUID } from 'node:crypto';
import type { MemoryAddResponse } from '../../functions/src/contract/types.ts';
import type { CallContext } from '../../functions/src/storage/base-storage-manager.ts';
import type { Firestore } from '../../functions/src/storage/database.ts';
import { FirestoreMemoryManager } from '../../functions/src/storage/firestore-memory-manager.ts';
import { openCounters } from '../../functions/src/storage/open-counters.ts';
import { type SpacePaths, tenantPaths } from '../../functions/src/storage/paths.ts';
import { fill, filledId } from './filling.ts';
import { sentence } from './texts.ts';
import type { WarmedEmbedder } from './warmed-embedder.ts';

/** Texts of the measured operations begin here, above those of every filling. */
const FIRST_TEXT = 1_000_000;

/** The share of the filled memories, the oldest, that may be changed. */
const CHANGED_SHARE = 0.8;

/** The name of the space that is measured. */
export const SPACE = 'space';

/** One space of one tenant. */
export class Scene {
  readonly database: Firestore;
  readonly manager: FirestoreMemoryManager;
  readonly paths: SpacePaths;
  readonly size: number;
  readonly #embedder: WarmedEmbedder;
  #taken = 0;
  #texts = FIRST_TEXT;
  #names = 0;

  /** Opens and fills a space of a new tenant. */
  static async open(database: Firestore, size: number, embedder: WarmedEmbedder): Promise<Scene> {
    const scene = new Scene(database, size, embedder);
    await openCounters(database, scene.paths);
    await fill(database, scene.paths, size, embedder.id);
    return scene;
  }

  private constructor(database: Firestore, size: number, embedder: WarmedEmbedder) {
    const tenantId = `latency-${size}-${Date.now()}`;
    this.database = database;
    this.size = size;
    this.paths = tenantPaths(database, tenantId).space(SPACE);
    this.#embedder = embedder;
    this.manager = new FirestoreMemoryManager({
      database,
      tenantId,
      cursorSecret: 's'.repeat(43),
      embedder,
      log: { ended: () => undefined, failed: ({ cause }) => console.error(cause) },
    });
  }

  call(): CallContext {
    return { actor: 'bench', now: Date.now() };
  }

  /** A filled memory that nothing has changed yet: of the older ones. */
  take(): string {
    if (this.#taken >= this.size * CHANGED_SHARE)
      throw new Error('The space is too small for so many rounds.');
    this.#taken += 1;
    return filledId(this.#taken - 1);
  }

  /** A filled memory that nothing changes: of the newer ones. */
  look(): string {
    const share = CHANGED_SHARE + (1 - CHANGED_SHARE) * Math.random();
    return filledId(Math.floor(this.size * share));
  }

  /** An id that no memory has. */
  readonly name = (): string => {
    this.#names += 1;
    return `bare-${this.#names}`;
  };

  /** Another space of the tenant, with nothing in it but the counters of one that was used before. */
  async freshSpace(): Promise<SpacePaths> {
    const paths = tenantPaths(this.database, this.paths.tenantId).space(`fresh-${randomUUID()}`);
    await openCounters(this.database, paths);
    return paths;
  }

  /** A text that no memory has, embedded. */
  async text(): Promise<string> {
    this.#texts += 1;
    const text = sentence(this.#texts);
    await this.#embedder.warm([text]);
    return text;
  }

  /** Embeds the text that a filled memory was made with. */
  async warm(texts: readonly string[]): Promise<void> {
    await this.#embedder.warm(texts);
  }

  async vector(text: string): Promise<number[]> {
    const [vector] = await this.#embedder.embed([text]);
    return vector ?? [];
  }

  add(text: string): Promise<MemoryAddResponse> {
    return this.manager.add(SPACE, { memories: [{ text }] }, this.call());
  }
}
