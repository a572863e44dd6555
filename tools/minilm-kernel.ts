/**
 * Assembles the kernel of the embedding engine: `node tools/minilm-kernel.ts` writes
 * functions/src/search/minilm/kernel.ts from the files in functions/src/search/minilm/kernel/.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import loadAssembler from 'wabt';

const FOLDER = fileURLToPath(new URL('../functions/src/search/minilm/', import.meta.url));

/** The generated file, and where. */
export const KERNEL_FILE = join(FOLDER, 'kernel.ts');

/** The text of the generated file. Throws what the assembler has to say of a mistake. */
export async function kernelModule(): Promise<string> {
  const parts = globSync('kernel/*.wat', { cwd: FOLDER })
    .sort()
    .map((file) => readFileSync(join(FOLDER, file), 'utf8').replaceAll('\r\n', '\n'));
  const source = `(module\n(import "runner" "memory" (memory 1))\n${parts.join('\n')})\n`;
  const module = (await loadAssembler()).parseWat('kernel.wat', source, { simd: true });
  module.validate();
  const { buffer } = module.toBinary({});
  module.destroy();
  const base64 = Buffer.from(buffer).toString('base64');
  return `/** WebAssembly, base64: assembled from kernel/*.wat by tools/minilm-kernel.ts. Do not edit. */\nexport const KERNEL =\n  '${base64}';\n`;
}

if (import.meta.main) {
  const text = await kernelModule();
  writeFileSync(KERNEL_FILE, text);
  process.stdout.write(`${KERNEL_FILE}: ${text.length} characters\n`);
}
