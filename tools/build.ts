import { spawn } from 'node:child_process';
import { step } from './progress.mjs';
import { ROOT } from './project.ts';

/**
 * Compiles functions and client with the package's own `build` script, so that there is one definition of a
 * build. The compiler's output is shown only if it fails.
 *
 * @throws Error with that output when it does not compile
 */
export async function build(interrupt: AbortSignal): Promise<void> {
  await step('Building functions and client', async () => {
    const { code, output } = await runBuildScript(interrupt);
    if (code !== 0) throw new Error(`${output.trimEnd()}\nThe build failed.`);
  });
}

function runBuildScript(interrupt: AbortSignal): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', 'build'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      signal: interrupt,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
