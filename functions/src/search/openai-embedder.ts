/** The embedder over OpenAI, and over any server that speaks its protocol. */
import { HOSTED_EMBEDDER } from '../config.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { BadAnswer, fieldOf } from './checked-vectors.ts';
import type { Embedder } from './embedder.ts';
import { type HostedLimits, type HostedModel, hostedEmbedder, hostedId } from './hosted-embedder.ts';
import { failureOf } from './request-failure.ts';

/** Where the model is, and which it is. */
export interface OpenAiOptions {
  readonly key: string;
  readonly model: string;
  /** The base URL, such as `https://api.openai.com/v1`. */
  readonly url: string;
  /** Length of the vectors. */
  readonly dimensions: number;
  /** Whether the model is asked for vectors of this length; a model with one length alone need not know. */
  readonly shorten: boolean;
}

/** Texts of one request. OpenAI takes 2,048, text-embeddings-inference 32 unless it is told otherwise. */
const MAX_BATCH = 32;

/** The embedder of a model that is asked by the protocol of OpenAI. Nothing is loaded before the first text. */
export function openAiEmbedder(options: OpenAiOptions, limits: HostedLimits = HOSTED_EMBEDDER): Embedder {
  return hostedEmbedder(openAiModel(options, limits), limits);
}

function openAiModel(
  { key, model, url, dimensions, shorten }: OpenAiOptions,
  limits: HostedLimits,
): HostedModel {
  let opening: ReturnType<typeof open> | undefined;
  const open = async () => {
    const { OpenAI } = await import('openai');
    // What is not given here would be taken from the environment.
    return new OpenAI({
      apiKey: key,
      baseURL: url,
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      logLevel: 'off',
      fetch: boundedFetch(limits.MAX_ANSWER_BYTES),
    });
  };
  /** Servers of models with one length alone may refuse to be asked for a length, even for that one. */
  let refusesLength = false;
  return {
    id: hostedId('openai', model, dimensions),
    dimensions,
    maxBatch: MAX_BATCH,
    async request(texts, _purpose, signal) {
      opening ??= open();
      const { embeddings } = await opening;
      const ask = async (asked: { readonly dimensions?: number }) => {
        const body = { model, input: [...texts], encoding_format: 'float' as const, ...asked };
        return inOrder(await embeddings.create(body, { signal }));
      };
      if (!shorten || refusesLength) return ask({});
      try {
        return await ask({ dimensions });
      } catch (error) {
        const { status } = failureOf(error);
        if (status !== 400 && status !== 422) throw error;
        const vectors = await ask({}).catch(() => {
          throw error;
        });
        refusesLength = vectors.every((vector) => Array.isArray(vector) && vector.length === dimensions);
        return vectors;
      }
    },
  };
}

/** The vectors in the order of the texts: the protocol names the place of each, and servers make use of it. */
function inOrder(answer: unknown): unknown[] {
  const data = fieldOf(answer, 'data');
  if (!Array.isArray(data)) throw new BadAnswer('not-an-answer');
  const places = data.map((item: unknown) => fieldOf(item, 'index'));
  const vectors = data.map((item: unknown) => fieldOf(item, 'embedding'));
  if (places.every((place) => place === undefined)) return vectors;
  const byPlace = new Map(places.map((place, n) => [place, vectors[n]]));
  return data.map((_, n) => {
    if (!byPlace.has(n)) throw new BadAnswer('wrong-order');
    return byPlace.get(n);
  });
}
