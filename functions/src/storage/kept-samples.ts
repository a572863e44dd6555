/** The samples of words that an instance keeps: the ones that were used last, within a bound. */
import { WORD_SAMPLE } from '../config.ts';
import { restOf, type WordSample } from '../core/word-sample.ts';

interface Kept {
  readonly sample: WordSample;
  /** Milliseconds since 1970 at which it was looked at. */
  readonly at: number;
}

/** Keeps samples by the full path of their space, so that none is ever used for another space or tenant. */
export class KeptSamples {
  readonly #kept = new Map<string, Kept>();
  #length = 0;

  /** The sample of a space, for as long as it may be used without a look at the space; else null. */
  get(path: string, now: number): WordSample | null {
    const found = this.#kept.get(path);
    if (found === undefined) return null;
    this.#drop(path);
    if (Math.abs(now - found.at) >= restOf(found.sample)) return null;
    this.#put(path, found);
    return found.sample;
  }

  /** Keeps a sample that was looked at now, in place of the one that was used the longest time ago. */
  keep(path: string, sample: WordSample, now: number): void {
    this.#drop(path);
    if (restOf(sample) === 0) return;
    this.#put(path, { sample, at: now });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= WORD_SAMPLE.KEPT && this.#length <= WORD_SAMPLE.KEPT_LENGTH) break;
      this.#drop(oldest);
    }
  }

  #put(path: string, kept: Kept): void {
    this.#kept.set(path, kept);
    this.#length += kept.sample.words.length;
  }

  #drop(path: string): void {
    this.#length -= this.#kept.get(path)?.sample.words.length ?? 0;
    this.#kept.delete(path);
  }
}
