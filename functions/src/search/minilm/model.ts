/** The weights in the memory of the kernel: where each of them lies, and how they get there. */
import { compiledKernel, type Kernel } from './compiled-kernel.ts';
import { type TensorFile, withTensors } from './safetensors.ts';
import { INNER_WIDTH, LAYERS, POSITIONS, VOCABULARY, WIDTH } from './shape.ts';

/** A matrix of whole numbers (16 bits) with a scale and a bias for each row; addresses. */
export interface Dense {
  readonly weights: number;
  readonly scales: number;
  readonly bias: number;
}

/** The two vectors of a layer norm; addresses. */
export interface Norm {
  readonly gamma: number;
  readonly beta: number;
}

/** The addresses of a layer. */
export interface Layer {
  readonly qkv: Dense;
  readonly attended: Dense;
  readonly attendedNorm: Norm;
  readonly up: Dense;
  readonly down: Dense;
  readonly downNorm: Norm;
}

/** Room for what is computed; addresses. */
export interface Room {
  readonly x: number;
  readonly qkv: number;
  readonly context: number;
  readonly inner: number;
  readonly whole: number;
  readonly scales: number;
  readonly scores: number;
}

/** A loaded model. */
export interface Model {
  readonly kernel: Kernel;
  readonly memory: ArrayBuffer;
  /** f16[VOCABULARY][WIDTH]. */
  readonly words: number;
  /** f32[tokens][WIDTH]: the embedding of a position plus that of the first segment. */
  readonly positions: number;
  readonly norm: Norm;
  readonly layers: readonly Layer[];
  readonly room: Room;
}

/**
 * Weights are whole numbers of -1023 to 1023. With bytes, -127 to 127, the vectors of short texts were off by a
 * cosine of 0.996; the kernel multiplies 16 bits at a time in either case.
 */
export const WEIGHT_LIMIT = 1023;

/** Bytes. */
const HALF = 2;
const FLOAT = 4;

/**
 * Reads the weights, with room for texts of up to `tokens` word pieces, [CLS] and [SEP] included.
 *
 * @throws RangeError if the model has no positions for so many; Error if the file is not that of the model
 */
export async function loadModel(path: string, tokens: number): Promise<Model> {
  if (!(tokens >= 3 && tokens <= POSITIONS)) {
    throw new RangeError(`The embedding model reads 3 to ${POSITIONS} word pieces.`);
  }
  const plan = planned(tokens);
  const { kernel, memory } = await compiledKernel(plan.bytes);
  const { bytes: _, ...places } = plan;
  const model: Model = { kernel, memory, ...places };
  await withTensors(path, async (file) => {
    const load = new Loader(model, file);
    await load.embeddings(tokens);
    for (const [index, layer] of model.layers.entries()) await load.layer(`encoder.layer.${index}`, layer);
  });
  return model;
}

/** Deals out the memory. */
function planned(tokens: number): Omit<Model, 'kernel' | 'memory'> & { readonly bytes: number } {
  let end = 0;
  const take = (bytes: number): number => {
    const start = end;
    end += Math.ceil(bytes / 64) * 64;
    return start;
  };
  const floats = (count: number) => take(count * FLOAT);
  const norm = (): Norm => ({ gamma: floats(WIDTH), beta: floats(WIDTH) });
  const dense = (rows: number, columns: number): Dense => {
    return { weights: take(rows * columns * HALF), scales: floats(rows), bias: floats(rows) };
  };
  const words = take(VOCABULARY * WIDTH * HALF);
  const positions = floats(tokens * WIDTH);
  const first = norm();
  const layers = Array.from({ length: LAYERS }, () => ({
    qkv: dense(3 * WIDTH, WIDTH),
    attended: dense(WIDTH, WIDTH),
    attendedNorm: norm(),
    up: dense(INNER_WIDTH, WIDTH),
    down: dense(WIDTH, INNER_WIDTH),
    downNorm: norm(),
  }));
  // The kernel multiplies four tokens at a time.
  const rows = Math.ceil(tokens / 4) * 4;
  const room = {
    x: floats(rows * WIDTH),
    qkv: floats(rows * 3 * WIDTH),
    context: floats(rows * WIDTH),
    inner: floats(rows * INNER_WIDTH),
    whole: take(rows * INNER_WIDTH * HALF),
    scales: floats(rows),
    scores: floats(rows + 4),
  };
  // While it is loaded, the same room holds a matrix of halves and four of its rows as floats.
  const bytes = Math.max(end, room.x + INNER_WIDTH * WIDTH * HALF + 4 * INNER_WIDTH * FLOAT);
  return { words, positions, norm: first, layers, room, bytes };
}

/** Copies tensors to their places. */
class Loader {
  readonly #model: Model;
  readonly #file: TensorFile;

  constructor(model: Model, file: TensorFile) {
    this.#model = model;
    this.#file = file;
  }

  async embeddings(tokens: number): Promise<void> {
    const { memory, kernel, room, words, positions, norm } = this.#model;
    await this.#read('embeddings.word_embeddings.weight', words, VOCABULARY * WIDTH);
    await this.#norm('embeddings.LayerNorm', norm);
    await this.#read('embeddings.position_embeddings.weight', room.x, POSITIONS * WIDTH);
    kernel.widen(room.x, positions, tokens * WIDTH);
    await this.#read('embeddings.token_type_embeddings.weight', room.x, 2 * WIDTH);
    const segment = room.x + 2 * WIDTH * HALF;
    kernel.widen(room.x, segment, WIDTH);
    const added = new Float32Array(memory, segment, WIDTH);
    const table = new Float32Array(memory, positions, tokens * WIDTH);
    for (let at = 0; at < table.length; at += 1) table[at] = (table[at] ?? 0) + (added[at % WIDTH] ?? 0);
  }

  async layer(name: string, layer: Layer): Promise<void> {
    for (const [index, part] of ['query', 'key', 'value'].entries()) {
      const { weights, scales, bias } = layer.qkv;
      const rows = index * WIDTH;
      const third = {
        weights: weights + rows * WIDTH * HALF,
        scales: scales + rows * FLOAT,
        bias: bias + rows * FLOAT,
      };
      await this.#dense(`${name}.attention.self.${part}`, third, WIDTH, WIDTH);
    }
    await this.#dense(`${name}.attention.output.dense`, layer.attended, WIDTH, WIDTH);
    await this.#norm(`${name}.attention.output.LayerNorm`, layer.attendedNorm);
    await this.#dense(`${name}.intermediate.dense`, layer.up, INNER_WIDTH, WIDTH);
    await this.#dense(`${name}.output.dense`, layer.down, WIDTH, INNER_WIDTH);
    await this.#norm(`${name}.output.LayerNorm`, layer.downNorm);
  }

  async #dense(name: string, { weights, scales, bias }: Dense, rows: number, columns: number): Promise<void> {
    const { kernel, room } = this.#model;
    await this.#read(`${name}.weight`, room.x, rows * columns);
    kernel.pack(room.x, weights, scales, columns, rows, room.x + rows * columns * HALF, WEIGHT_LIMIT);
    await this.#floats(`${name}.bias`, bias, rows);
  }

  async #norm(name: string, { gamma, beta }: Norm): Promise<void> {
    await this.#floats(`${name}.weight`, gamma, WIDTH);
    await this.#floats(`${name}.bias`, beta, WIDTH);
  }

  async #floats(name: string, to: number, count: number): Promise<void> {
    await this.#read(name, this.#model.room.x, count);
    this.#model.kernel.widen(this.#model.room.x, to, count);
  }

  #read(name: string, to: number, count: number): Promise<void> {
    return this.#file.read(name, new Uint8Array(this.#model.memory, to, count * HALF));
  }
}
