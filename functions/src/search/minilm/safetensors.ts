/** Reads matrices of halves out of a safetensors file: the length of a header, the header as JSON, the numbers. */
import { type FileHandle, open } from 'node:fs/promises';

/** The tensors of an open file. */
export interface TensorFile {
  /**
   * Copies a tensor of halves (IEEE 754 binary16, little-endian) into `to`.
   *
   * @throws Error if there is none of this name, its type is another, or it is not as long as `to`
   */
  read(name: string, to: Uint8Array): Promise<void>;
}

/** Bytes; that of this model has 11 KB. */
const MAX_HEADER_BYTES = 1_000_000;

/**
 * Opens a file for the time that `use` takes.
 *
 * @throws Error if it cannot be read or is no such file
 */
export async function withTensors<T>(path: string, use: (file: TensorFile) => Promise<T>): Promise<T> {
  const handle = await open(path);
  try {
    const length = await headerLength(handle);
    const header = Buffer.alloc(length);
    await fill(handle, header, 8);
    const tensors = new Map(Object.entries<unknown>(Object(JSON.parse(header.toString('utf8')))));
    return await use({
      async read(name, to) {
        const { dtype, data_offsets } = Object(tensors.get(name)) as Record<string, unknown>;
        const [start, end] = Array.isArray(data_offsets) ? data_offsets.map(Number) : [];
        if (dtype !== 'F16' || start === undefined || end === undefined || end - start !== to.length) {
          throw new Error(`The embedding model has no tensor ${name} of ${to.length} bytes.`);
        }
        await fill(handle, to, 8 + length + start);
      },
    });
  } finally {
    await handle.close();
  }
}

async function headerLength(handle: FileHandle): Promise<number> {
  const bytes = Buffer.alloc(8);
  await fill(handle, bytes, 0);
  const length = bytes.readBigUInt64LE();
  if (length > MAX_HEADER_BYTES) throw new Error('The file of the embedding model is no safetensors file.');
  return Number(length);
}

/** Reads until `to` is full. */
async function fill(handle: FileHandle, to: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < to.length; ) {
    const { bytesRead } = await handle.read(to, done, to.length - done, position + done);
    if (bytesRead === 0) throw new Error('The file of the embedding model ends too early.');
    done += bytesRead;
  }
}
