/** The kernel as functions over one memory. Addresses and lengths are numbers of bytes from its begin. */
import { KERNEL } from './kernel.ts';

/** What kernel/*.wat exports; the parameters are described there. */
export interface Kernel {
  widen(from: number, to: number, count: number): void;
  pack(from: number, to: number, scales: number, k: number, m: number, work: number, limit: number): void;
  quantize(from: number, n: number, k: number, to: number, scales: number, limit: number): void;
  matmul(
    x: number,
    xScales: number,
    w: number,
    wScales: number,
    bias: number,
    to: number,
    n: number,
    k: number,
    m: number,
  ): void;
  attention(qkv: number, n: number, scores: number, to: number): void;
  gelu(at: number, count: number): void;
  layer_norm(from: number, other: number, gamma: number, beta: number, to: number, n: number): void;
}

/** The part of the global that is used; the libraries that the functions are compiled with do not have it. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, Record<string, unknown>>,
  ): Promise<{ readonly instance: { readonly exports: unknown } }>;
};

const PAGE_BYTES = 65_536;

/**
 * Compiles the kernel over a new memory.
 *
 * @throws RangeError if there is no room for the memory
 */
export async function compiledKernel(
  bytes: number,
): Promise<{ readonly kernel: Kernel; readonly memory: ArrayBuffer }> {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { instance } = await WebAssembly.instantiate(Buffer.from(KERNEL, 'base64'), { runner: { memory } });
  return { kernel: instance.exports as Kernel, memory: memory.buffer };
}
