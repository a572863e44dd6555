/**
 * What a space of memories is, in as few words as possible: no database, no index, no paging. The model tests
 * hold the storage module against it.
 */

/** One version of a memory; `null` content is a deletion. */
export interface ModelVersion {
  readonly change: 'create' | 'update' | 'delete' | 'restore';
  readonly by: string;
  readonly content: ModelContent | null;
  /** True iff its time was over when the id was used again: it is no history of what came after it. */
  readonly lapsed: boolean;
  /** Of a deletion: when its retention is over. */
  readonly endsAt?: number;
}

/** Milliseconds for which a deleted memory keeps its history. */
const RETENTION_MS = 30 * 24 * 3_600_000;

/** What the model knows of a memory: what duplicates are told by, what updates change, and when it expires. */
export interface ModelContent {
  readonly text: string;
  readonly importance: number;
  readonly session: string | null;
  readonly expiresAt: number | null;
}

/** What a call comes to: an answer, or the reason why it is refused. */
export type Outcome = { readonly answer: unknown } | { readonly refused: string };

const refuse = (reason: string): Outcome => ({ refused: reason });

/** What a member does to a memory, with the version that it saw if it says so. */
export interface ModelChange {
  readonly id: string;
  readonly by: string;
  readonly now: number;
  readonly ifVersion?: number | undefined;
}

/** A space. Every method says what the storage module must answer, and does it. */
export class MemoryModel {
  /** The versions of each memory, the first at place 0. */
  readonly past = new Map<string, ModelVersion[]>();
  readonly #receipts = new Map<string, { readonly body: string; readonly outcome: Outcome }>();

  /** Another model of the same space, which goes its own way. */
  copy(): MemoryModel {
    const copy = new MemoryModel();
    for (const [id, versions] of this.past) copy.past.set(id, versions);
    for (const [name, receipt] of this.#receipts) copy.#receipts.set(name, receipt);
    return copy;
  }

  /** Calls once for each key of a member; a call that is refused leaves no receipt. */
  once(
    by: string,
    key: string | undefined,
    body: unknown,
    call: () => Outcome,
  ): Outcome & { replayed?: true } {
    if (key === undefined) return call();
    const name = JSON.stringify([by, key]);
    const receipt = this.#receipts.get(name);
    if (receipt !== undefined) {
      return receipt.body === JSON.stringify(body)
        ? { ...receipt.outcome, replayed: true }
        : refuse('key-reused');
    }
    const outcome = call();
    if ('answer' in outcome) this.#receipts.set(name, { body: JSON.stringify(body), outcome });
    return outcome;
  }

  /** Adds one memory under an id; `dedupe` answers with the one that has the same text and session. */
  add({ id, by, now }: ModelChange, content: ModelContent, dedupe: boolean): Outcome {
    const twin = dedupe ? this.twins(content, now)[0] : undefined;
    if (twin !== undefined) {
      return { answer: { id: twin, version: this.version(twin), outcome: 'duplicate' } };
    }
    if (this.living(id, now) !== null) return refuse('id-taken');
    if (this.isOver(id, now)) this.#lapse(id);
    return { answer: { id, version: this.#push(id, { change: 'create', by, content }), outcome: 'created' } };
  }

  update({ id, by, now, ifVersion }: ModelChange, changes: Partial<ModelContent>): Outcome {
    const before = this.living(id, now);
    if (before === null) return refuse('memory-not-found');
    if (ifVersion !== undefined && ifVersion !== this.version(id)) return refuse('version-mismatch');
    const content = { ...before, ...changes };
    return { answer: { version: this.#push(id, { change: 'update', by, content }), ...content } };
  }

  delete({ id, by, now, ifVersion }: ModelChange): Outcome {
    const before = this.living(id, now);
    if (before === null) return refuse('memory-not-found');
    if (ifVersion !== undefined && ifVersion !== this.version(id)) return refuse('version-mismatch');
    const endsAt = Math.min(now + RETENTION_MS, before.expiresAt ?? Number.POSITIVE_INFINITY);
    return { answer: { id, version: this.#push(id, { change: 'delete', by, content: null, endsAt }) } };
  }

  /** Deletes the living memories of a session. */
  deleteSession(session: string, by: string, now: number): Outcome {
    const turns = this.all(now).filter((id) => this.living(id, now)?.session === session);
    for (const id of turns) this.delete({ id, by, now });
    return { answer: { deleted: turns.length } };
  }

  restore({ id, by, now, ifVersion }: ModelChange, version: number): Outcome {
    const versions = this.past.get(id) ?? [];
    if (versions.length === 0 || this.isOver(id, now)) return refuse('memory-not-found');
    if (ifVersion !== undefined && ifVersion !== versions.length) return refuse('version-mismatch');
    const wanted = versions[version - 1];
    const content = wanted === undefined || wanted.lapsed ? null : wanted.content;
    if (content === null || hasExpired(content, now)) return refuse('revision-not-found');
    return { answer: { version: this.#push(id, { change: 'restore', by, content }), ...content } };
  }

  /** True iff nothing of the memory can be seen any more: it expired, or the retention of its deletion is over. */
  isOver(id: string, now: number): boolean {
    const last = this.past.get(id)?.at(-1);
    if (last === undefined) return false;
    return last.content === null ? (last.endsAt ?? now) <= now : hasExpired(last.content, now);
  }

  /** The memory as it is seen at a time, or null. */
  living(id: string, now: number): ModelContent | null {
    const content = this.past.get(id)?.at(-1)?.content ?? null;
    return content === null || hasExpired(content, now) ? null : content;
  }

  /** The memories that are seen at a time. */
  all(now: number): string[] {
    return [...this.past.keys()].filter((id) => this.living(id, now) !== null).toSorted();
  }

  /** The memories that are seen and have the same text and session. */
  twins({ text, session }: ModelContent, now: number): string[] {
    return this.all(now).filter((id) => {
      const other = this.living(id, now);
      return other?.text === text && other.session === session;
    });
  }

  version(id: string): number {
    return this.past.get(id)?.length ?? 0;
  }

  #push(id: string, version: Omit<ModelVersion, 'lapsed'>): number {
    const versions = this.past.get(id) ?? [];
    this.past.set(id, [...versions, { ...version, lapsed: false }]);
    return versions.length + 1;
  }

  #lapse(id: string): void {
    const versions = this.past.get(id) ?? [];
    this.past.set(
      id,
      versions.map((version) => ({ ...version, lapsed: true })),
    );
  }
}

function hasExpired({ expiresAt }: ModelContent, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}
