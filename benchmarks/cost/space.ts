/** A space of a given size, the search in it, and the bare vector query beside it. */
import type { Embedder } from '../../functions/src/search/embedder.ts';
import type { Firestore, Query } from '../../functions/src/storage/database.ts';
import { FirestoreMemoryManager } from '../../functions/src/storage/firestore-memory-manager.ts';
import { type SpacePaths, tenantPaths } from '../../functions/src/storage/paths.ts';
import type { Bill, Billing, SentQuery } from './billing.ts';

/** The space of every tenant of this bench. */
export const SPACE = 'space';

/** Results of a search. */
export const LIMIT = 10;

/** A query that is made by itself. */
export interface BareQuery {
  get(): Promise<unknown>;
}

/** Where a filled space is. */
export interface Place {
  readonly tenantId: string;
  readonly memories: number;
}

/** One search. */
export interface Searched {
  readonly ms: number;
  readonly bill: Bill;
  /** The reads of the same search as the meter of the functions counts them. */
  readonly metered: number;
}

/** See above. */
export class MeasuredSpace {
  readonly memories: number;
  readonly paths: SpacePaths;
  readonly #billing: Billing;
  readonly #embedderId: string;
  readonly #manager: FirestoreMemoryManager;
  #metered = Number.NaN;

  constructor(database: Firestore, { tenantId, memories }: Place, embedder: Embedder, billing: Billing) {
    this.memories = memories;
    this.paths = tenantPaths(database, tenantId).space(SPACE);
    this.#billing = billing;
    this.#embedderId = embedder.id;
    this.#manager = new FirestoreMemoryManager({
      database,
      tenantId,
      cursorSecret: 's'.repeat(43),
      embedder,
      log: {
        ended: ({ reads = Number.NaN }) => {
          this.#metered = reads;
        },
        failed: ({ cause }) => console.error(cause),
      },
    });
  }

  /**
   * Searches, hybrid.
   * @throws Error if it finds less than it is asked for
   */
  async search(query: string): Promise<Searched> {
    this.#billing.begin();
    const call = { actor: 'bench', now: Date.now() };
    const began = performance.now();
    const { results } = await this.#manager.search([SPACE], { query, limit: LIMIT }, call);
    const ms = performance.now() - began;
    if (results.length !== LIMIT) throw new Error(`A search found ${results.length} memories.`);
    return { ms, bill: this.#billing.end(this.memories), metered: this.#metered };
  }

  /**
   * The vector query that the last search has made: the same limit, projection and vector, by itself.
   * @throws Error if that had other conditions than this one
   */
  bare(): BareQuery {
    const sent = this.#billing.sent();
    return this.#nearest(this.paths.index.select(...sent.fields), sent, sent.limit);
  }

  /** The same for as many whole documents as the search returns. */
  bareWhole(): BareQuery {
    return this.#nearest(this.paths.index, this.#billing.sent(), LIMIT);
  }

  #nearest(from: Query, sent: SentQuery, limit: number): BareQuery {
    const { where, vector, vectorField } = sent;
    if (!where.includes('"embedder"') || !where.includes('EQUAL') || sent.distanceMeasure !== 'DOT_PRODUCT') {
      throw new Error(`The vector query of the search has changed: ${where}, ${sent.distanceMeasure}`);
    }
    return from
      .where('embedder', '==', this.#embedderId)
      .findNearest({ vectorField, queryVector: [...vector], limit, distanceMeasure: 'DOT_PRODUCT' });
  }
}
