/**
 * What all hosted models share: batches, a limit of requests at a time, deadlines, tries, a rest after an outage, and
 * checks of every answer. What they do not share, the request, is in `gemini-embedder.ts` and `openai-embedder.ts`.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EMBEDDER_REST_MS, HOSTED_EMBEDDER } from '../config.ts';
import { beginningOfBytes } from '../core/preview.ts';
import { ConnectionError, OperationError, type StorageError } from '../errors.ts';
import { BadAnswer, checkedVectors } from './checked-vectors.ts';
import { Circuit } from './circuit.ts';
import type { Embedder, EmbeddingPurpose } from './embedder.ts';
import { Gate } from './gate.ts';
import { failureOf, RequestFailure } from './request-failure.ts';

/** A model behind an API. */
export interface HostedModel {
  /** As `hostedId` makes it. */
  readonly id: string;
  readonly dimensions: number;
  /** Texts of one request. */
  readonly maxBatch: number;
  /**
   * Makes one request, once.
   * @returns the vectors as they were answered, in the order of the texts; nothing of them is checked
   * @throws any error; the failure of a request has a `RequestFailure` among its causes
   */
  request(texts: readonly string[], purpose: EmbeddingPurpose, signal: AbortSignal): Promise<unknown>;
}

/** How a model is asked; tests give shorter times. */
export type HostedLimits = { readonly [K in keyof typeof HOSTED_EMBEDDER]: number } & {
  /** `EMBEDDER_REST_MS` by default. */
  readonly REST_MS?: number;
};

/**
 * An embedder over a hosted model. Of a text it reads the first `MAX_TEXT_BYTES` bytes; a blank one, which
 * no service takes, is embedded as a dash. All of a call's texts are embedded or none: once a batch has failed,
 * the others are given up.
 *
 * It rejects with a ConnectionError (`unavailable`, reason `embedder-unavailable`) if the service cannot be
 * reached, is too slow, throttles, or answers what cannot be used; with an OperationError (`internal`, reason
 * `embedder-misconfigured`) if it refuses the key, the model or the request, or answers vectors of another
 * length. Once it was unavailable, it is so at once for `EMBEDDER_REST_MS`; then one call tries.
 */
export function hostedEmbedder(model: HostedModel, limits: HostedLimits = HOSTED_EMBEDDER): Embedder {
  const gate = new Gate(limits.CONCURRENCY);
  const { REST_MS: restMs = EMBEDDER_REST_MS } = limits;
  const circuit = new Circuit({ restMs, isOutage: isUnavailable, refusal: () => unavailable() });
  const { id, dimensions, maxBatch } = model;
  return {
    id,
    dimensions,
    maxBatch,
    async embed(texts, signal, purpose = 'document') {
      signal?.throwIfAborted();
      if (texts.length === 0) return [];
      return circuit.run(() => embedAll(texts, signal, purpose), signal);
    },
  };

  async function embedAll(
    texts: readonly string[],
    signal: AbortSignal | undefined,
    purpose: EmbeddingPurpose,
  ): Promise<number[][]> {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(unavailable()), limits.DEADLINE_MS);
    const stop = signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]);
    const call = { purpose, stop, until: performance.now() + limits.DEADLINE_MS };
    const readable = texts.map((text) => readablePart(text, limits.MAX_TEXT_BYTES));
    try {
      const answers = batches(readable, maxBatch).map((batch) =>
        gate.run(() => ask(model, batch, call, limits), stop),
      );
      return (await Promise.all(answers)).flat();
    } catch (error) {
      end.abort(error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

interface HostedCall {
  readonly purpose: EmbeddingPurpose;
  readonly stop: AbortSignal;
  /** As `performance.now` tells it. */
  readonly until: number;
}

/** Makes one request until it succeeds, is refused for good, or there is no time left. */
async function ask(
  model: HostedModel,
  texts: readonly string[],
  { purpose, stop, until }: HostedCall,
  limits: HostedLimits,
): Promise<number[][]> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await withinTime(
        (signal) => model.request(texts, purpose, signal),
        stop,
        limits.REQUEST_MS,
      );
      return checkedVectors(answer, texts.length, model.dimensions);
    } catch (error) {
      stop.throwIfAborted();
      const failure = causeOf(error);
      const pause = pauseAfter(failure, tries, limits);
      if (failure.name === 'RequestFailure' && !failure.mayPass) throw misconfigured(failure);
      if (error instanceof BadAnswer && error.code === 'wrong-dimensions') throw misconfigured(failure);
      if (tries >= limits.MAX_TRIES || performance.now() + pause >= until) throw unavailable(failure);
      await sleep(pause, undefined, { signal: stop }).catch(() => stop.throwIfAborted());
    }
  }
}

function causeOf(error: unknown): RequestFailure {
  return error instanceof BadAnswer ? new RequestFailure({ code: error.code }) : failureOf(error);
}

/** Half of a pause is chance, so that instances that failed together do not come back together. */
function pauseAfter(failure: RequestFailure, tries: number, { BASE_MS, CAP_MS }: HostedLimits): number {
  const longest = Math.min(CAP_MS, BASE_MS * 2 ** (tries - 1));
  return (failure.retryAfterMs ?? longest / 2) + (Math.random() * longest) / 2;
}

/** Ends at the abort, or after so many milliseconds, also what does not heed its signal. */
async function withinTime<T>(
  work: (signal: AbortSignal) => Promise<T>,
  stop: AbortSignal,
  milliseconds: number,
): Promise<T> {
  const own = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    reject(reason);
    own.abort(reason);
  };
  const timer = setTimeout(() => end(new RequestFailure({ code: 'deadline' })), milliseconds);
  const onAbort = () => end(stop.reason);
  stop.addEventListener('abort', onAbort, { once: true });
  try {
    stop.throwIfAborted();
    return await Promise.race([work(own.signal), ended]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onAbort);
  }
}

function readablePart(text: string, bytes: number): string {
  const part = beginningOfBytes(text, bytes).toWellFormed();
  return part.trim() === '' ? '-' : part;
}

function batches(texts: readonly string[], size: number): string[][] {
  const count = Math.ceil(texts.length / size);
  return Array.from({ length: count }, (_, n) => texts.slice(n * size, (n + 1) * size));
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ConnectionError && error.details.reason === 'embedder-unavailable';
}

function unavailable(cause?: RequestFailure): StorageError {
  const message = 'The embedding service cannot be used now. Try again.';
  return new ConnectionError('unavailable', message, { reason: 'embedder-unavailable' }, cause);
}

function misconfigured(cause: RequestFailure): StorageError {
  const message = 'The embedding service is not configured correctly.';
  return new OperationError('internal', message, { reason: 'embedder-misconfigured' }, cause);
}

/** Characters of an id of an embedder. */
const MAX_ID_LENGTH = 64;

/**
 * The id of a hosted model: provider, model, dimensions, bytes that are read of a text. Lower-case letters,
 * digits, `.`, `_`, `-` and `:`; of a model whose name is otherwise or too long, a digest is a part of it.
 */
export function hostedId(provider: string, model: string, dimensions: number): string {
  const [head, tail] = [`${provider}:`, `:${dimensions}:${HOSTED_EMBEDDER.MAX_TEXT_BYTES}`];
  const room = MAX_ID_LENGTH - head.length - tail.length;
  const name = model.toLowerCase().replace(/[^a-z0-9._-]+/g, '-');
  const fits = name === model && name.length <= room;
  const hash = createHash('sha256').update(model).digest('hex').slice(0, 8);
  return `${head}${fits ? name : `${name.slice(0, room - 9)}-${hash}`}${tail}`;
}
