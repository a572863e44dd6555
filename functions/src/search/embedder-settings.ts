/** Which embedder the deployment chose, by its parameters, checked. */
import * as logger from 'firebase-functions/logger';
import { HOSTED_EMBEDDER } from '../config.ts';
import { OperationError } from '../errors.ts';
import * as params from '../params.ts';
import type { GeminiOptions } from './gemini-embedder.ts';
import type { OpenAiOptions } from './openai-embedder.ts';

/** The choice of a deployment. */
export type EmbedderSettings =
  | { readonly kind: 'local' }
  | { readonly kind: 'gemini'; readonly options: GeminiOptions }
  | { readonly kind: 'openai'; readonly options: OpenAiOptions };

/** A parameter, by its name and its value. */
type Parameter = typeof params.embedderModel;

/** The model where none is named, and its length where none is named: one that Google recommends. */
const GEMINI = { model: 'gemini-embedding-001', dimensions: 768 } as const;

const OPENAI = { model: 'text-embedding-3-small', url: 'https://api.openai.com/v1' } as const;

/** Lengths of the models of OpenAI that fit beside the words; any other is to be told. */
const OPENAI_DIMENSIONS: Readonly<Record<string, number>> = {
  'text-embedding-3-small': 1_536,
  'text-embedding-ada-002': 1_536,
};

/**
 * Reads and checks the parameters of the embedder.
 * @throws OperationError (`internal`, reason `invalid-configuration`) if one is missing, or not what it may
 *   be; the log names it, and never its value
 */
export function embedderSettings(): EmbedderSettings {
  const kind = params.embedderKind.value();
  if (kind === '' || kind === 'local') return { kind: 'local' };
  if (kind === 'gemini') return { kind, options: geminiOptions() };
  if (kind === 'openai') return { kind, options: openAiOptions() };
  return refuse(params.embedderKind);
}

function geminiOptions(): GeminiOptions {
  const model = params.embedderModel.value() || GEMINI.model;
  if (!/^[a-z0-9.-]{1,100}$/.test(model)) return refuse(params.embedderModel);
  const dimensions = dimensionsOr(GEMINI.dimensions);
  if (params.embedderUrl.value() !== '') return refuse(params.embedderUrl);
  const location = params.embedderLocation.value();
  if (location === '') return { model, dimensions, access: { key: key() } };
  if (!/^[a-z0-9-]{1,40}$/.test(location)) return refuse(params.embedderLocation);
  return { model, dimensions, access: { project: params.project.value(), location } };
}

function openAiOptions(): OpenAiOptions {
  const model = params.embedderModel.value() || OPENAI.model;
  if (!/^[\x21-\x7e]{1,200}$/.test(model)) return refuse(params.embedderModel);
  const dimensions = dimensionsOr(OPENAI_DIMENSIONS[model]);
  if (params.embedderLocation.value() !== '') return refuse(params.embedderLocation);
  const url = params.embedderUrl.value() || OPENAI.url;
  if (!isUsable(url)) return refuse(params.embedderUrl);
  return { model, url, dimensions, shorten: dimensions !== OPENAI_DIMENSIONS[model], key: key() };
}

function dimensionsOr(byDefault: number | undefined): number {
  const text = params.embedderDimensions.value();
  if (text === '') return byDefault ?? refuse(params.embedderDimensions);
  const isAllowed = /^[1-9][0-9]{0,3}$/.test(text) && Number(text) <= HOSTED_EMBEDDER.MAX_DIMENSIONS;
  return isAllowed ? Number(text) : refuse(params.embedderDimensions);
}

/** A key goes into a header: printable characters alone. */
function key(): string {
  const value = params.embedderKey.value();
  return /^[\x21-\x7e]+$/.test(value) ? value : refuse(params.embedderKey);
}

/** Text and key go there: encrypted, unless the server is on this machine or in a private network. */
function isUsable(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return false;
  }
  return url.protocol === 'https:' || (url.protocol === 'http:' && isPrivate(url.hostname));
}

/** Loopback, the private addresses of RFC 1918 and RFC 4193, and the names that Google's networks give inside. */
function isPrivate(host: string): boolean {
  if (host === 'localhost' || host === '[::1]' || host.endsWith('.internal')) return true;
  return (
    /^(127|10)(\.\d+){3}$/.test(host) ||
    /^192\.168(\.\d+){2}$/.test(host) ||
    /^172\.(1[6-9]|2\d|3[01])(\.\d+){2}$/.test(host) ||
    /^\[f[cd]/.test(host)
  );
}

function refuse({ name }: Parameter): never {
  logger.error('a parameter of the embedder is missing or out of range', { parameter: name });
  throw new OperationError('internal', 'The service is not configured correctly.', {
    reason: 'invalid-configuration',
  });
}
