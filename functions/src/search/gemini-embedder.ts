/**
 * The embedder over Google's Gemini models: by the Gemini API with a key, or by Vertex AI in the name of the
 * service account of the function.
 */
import type { GoogleGenAIOptions } from '@google/genai';
import { HOSTED_EMBEDDER } from '../config.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { BadAnswer, fieldOf } from './checked-vectors.ts';
import type { Embedder, EmbeddingPurpose } from './embedder.ts';
import { type HostedLimits, type HostedModel, hostedEmbedder, hostedId } from './hosted-embedder.ts';

/** Which model, and how it is reached. */
export interface GeminiOptions {
  readonly model: string;
  readonly dimensions: number;
  readonly access: GeminiAccess;
  /** Instead of Google's address; tests give one. */
  readonly url?: string;
}

/** A key of the Gemini API, or the place of Vertex AI. */
export type GeminiAccess =
  | { readonly key: string }
  | {
      readonly project: string;
      readonly location: string;
      /** Instead of the service account; tests give one. */
      readonly auth?: NonNullable<GoogleGenAIOptions['googleAuthOptions']>;
    };

/** Texts of one request to the Gemini API. */
const MAX_BATCH = 100;

/** Vertex AI takes one text at a time of the Gemini models. */
const MAX_BATCH_VERTEX = 1;

/** The embedder of a Gemini model. Nothing is loaded before the first text. */
export function geminiEmbedder(options: GeminiOptions, limits: HostedLimits = HOSTED_EMBEDDER): Embedder {
  return hostedEmbedder(geminiModel(options, limits), limits);
}

function geminiModel({ model, dimensions, access, url }: GeminiOptions, limits: HostedLimits): HostedModel {
  const open = async () => {
    const { GoogleGenAI } = await import('@google/genai');
    // What is not given here would be taken from the environment.
    const httpOptions = {
      fetch: boundedFetch(limits.MAX_ANSWER_BYTES),
      ...(url !== undefined && { baseUrl: url }),
    };
    if ('key' in access) return new GoogleGenAI({ vertexai: false, apiKey: access.key, httpOptions });
    const { project, location, auth } = access;
    const googleAuthOptions = auth === undefined ? {} : { googleAuthOptions: auth };
    return new GoogleGenAI({ vertexai: true, project, location, httpOptions, ...googleAuthOptions });
  };
  let opening: ReturnType<typeof open> | undefined;
  return {
    id: hostedId('gemini', model, dimensions),
    dimensions,
    maxBatch: 'key' in access ? MAX_BATCH : MAX_BATCH_VERTEX,
    async request(texts, purpose, abortSignal) {
      opening ??= open();
      const { models } = await opening;
      // Whole contents: of several strings the SDK makes a single content for some models.
      const contents = texts.map((text) => ({ parts: [{ text: prompt(model, text, purpose) }] }));
      const task = isPrompted(model) ? {} : { taskType: TASK_TYPES[purpose] };
      const config = { outputDimensionality: dimensions, abortSignal, ...task };
      const { embeddings } = await models.embedContent({ model, contents, config });
      if (!Array.isArray(embeddings)) throw new BadAnswer('not-an-answer');
      return embeddings.map((embedding: unknown) => fieldOf(embedding, 'values'));
    },
  };
}

const TASK_TYPES = { document: 'RETRIEVAL_DOCUMENT', query: 'RETRIEVAL_QUERY' } as const;

/** The models from `gemini-embedding-2` on are told in the text what it is for, and take no task type. */
function isPrompted(model: string): boolean {
  return model.includes('gemini-embedding-2');
}

function prompt(model: string, text: string, purpose: EmbeddingPurpose): string {
  if (!isPrompted(model)) return text;
  return purpose === 'query' ? `task: search result | query: ${text}` : `title: none | text: ${text}`;
}
