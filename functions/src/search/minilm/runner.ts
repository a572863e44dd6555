/** all-MiniLM-L6-v2, one text at a time: the vector of the text and those of its word pieces. */
import { readFile } from 'node:fs/promises';
import { type Dense, type Layer, loadModel, type Model, WEIGHT_LIMIT } from './model.ts';
import { INNER_WIDTH, WIDTH } from './shape.ts';
import { type WordPieceTokenizer, wordPieceTokenizer } from './word-piece.ts';

/** What the model makes of a text. */
export interface EncodedText {
  /** The mean over all word pieces, [CLS] and [SEP] included: 384 numbers, of length 1. */
  readonly pooled: Float32Array;
  /** The word pieces that were read, in their order, without [CLS] and [SEP]; none for an empty text. */
  readonly tokens: readonly EncodedToken[];
}

/** A word piece in its context. */
export interface EncodedToken {
  /** Where it begins in the text, and where it ends, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** 384 numbers, of length 1. */
  readonly vector: Float32Array;
}

/** A loaded model. */
export interface Runner {
  /** Computes, and blocks the event loop as long. Any string is a text. Its pieces beyond the limit are ignored. */
  run(text: string): EncodedText;
}

/** Where the files of the model are. */
export interface ModelFiles {
  /** The safetensors file, of halves. */
  readonly weightsPath: string;
  /** tokenizer.json */
  readonly tokenizerPath: string;
}

const LIMIT = { [WIDTH]: activationLimit(WIDTH), [INNER_WIDTH]: activationLimit(INNER_WIDTH) };

/** Tokens that are multiplied at a time: their activations stay in the second cache while weights pass by. */
const BLOCK = 64;

/**
 * Loads the model.
 *
 * @param maxWordPieces word pieces of a text that are read, [CLS] and [SEP] included: 3 to 512
 * @throws RangeError for another number; Error if a file is not that of the model
 */
export async function loadRunner(files: ModelFiles, maxWordPieces: number): Promise<Runner> {
  const model = await loadModel(files.weightsPath, maxWordPieces);
  const tokenizer = wordPieceTokenizer(JSON.parse(await readFile(files.tokenizerPath, 'utf8')));
  return { run: (text) => run(model, tokenizer, maxWordPieces, text) };
}

function run(model: Model, tokenizer: WordPieceTokenizer, limit: number, text: string): EncodedText {
  const pieces = tokenizer.pieces(text, limit - 2);
  const n = pieces.length + 2;
  embed(model, [tokenizer.first, ...pieces.map(({ id }) => id), tokenizer.last]);
  for (const layer of model.layers) encode(model, layer, n);

  const states = new Float32Array(model.memory, model.room.x, n * WIDTH).slice();
  const rowOf = (token: number) => states.subarray(token * WIDTH, (token + 1) * WIDTH);
  const pooled = new Float32Array(WIDTH);
  for (let token = 0; token < n; token += 1) {
    for (let at = 0; at < WIDTH; at += 1) pooled[at] = (pooled[at] ?? 0) + (states[token * WIDTH + at] ?? 0);
  }
  return {
    pooled: unit(pooled),
    tokens: pieces.map(({ start, end }, at) => ({ start, end, vector: unit(rowOf(at + 1)) })),
  };
}

/** Puts the embeddings of word pieces into `room.x`. */
function embed({ kernel, words, positions, norm, room }: Model, ids: readonly number[]): void {
  for (const [at, id] of ids.entries()) {
    kernel.widen(words + id * WIDTH * 2, room.x + at * WIDTH * 4, WIDTH);
  }
  kernel.layer_norm(room.x, positions, norm.gamma, norm.beta, room.x, ids.length);
}

/** Takes the states of n tokens in `room.x` through a layer. */
function encode(model: Model, layer: Layer, n: number): void {
  const { kernel, room } = model;
  multiply(model, room.x, layer.qkv, room.qkv, n, WIDTH, 3 * WIDTH);
  kernel.attention(room.qkv, n, room.scores, room.context);
  multiply(model, room.context, layer.attended, room.qkv, n, WIDTH, WIDTH);
  kernel.layer_norm(room.qkv, room.x, layer.attendedNorm.gamma, layer.attendedNorm.beta, room.x, n);
  multiply(model, room.x, layer.up, room.inner, n, WIDTH, INNER_WIDTH);
  kernel.gelu(room.inner, n * INNER_WIDTH);
  multiply(model, room.inner, layer.down, room.qkv, n, INNER_WIDTH, WIDTH);
  kernel.layer_norm(room.qkv, room.x, layer.downNorm.gamma, layer.downNorm.beta, room.x, n);
}

/** f32[n][m] at `to` = f32[n][k] at `from`, in whole numbers, times a matrix. */
function multiply(
  { kernel, room }: Model,
  from: number,
  { weights, scales, bias }: Dense,
  to: number,
  n: number,
  k: typeof WIDTH | typeof INNER_WIDTH,
  m: number,
): void {
  kernel.quantize(from, n, k, room.whole, room.scales, LIMIT[k]);
  for (let at = 0; at < n; at += BLOCK) {
    const x = room.whole + at * k * 2;
    const rows = Math.min(BLOCK, n - at);
    kernel.matmul(x, room.scales + at * 4, weights, scales, bias, to + at * m * 4, rows, k, m);
  }
}

/**
 * The largest whole number of an activation, so that a sum of so many products with weights stays within 32
 * bits: 5466 for 384, 1366 for 1536.
 */
export function activationLimit(products: number): number {
  return Math.floor((2 ** 31 - 1) / (products * WEIGHT_LIMIT));
}

/** Makes a vector one of length 1, in place. */
function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const factor = 1 / Math.sqrt(squares);
  for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] ?? 0) * factor;
  return vector;
}
