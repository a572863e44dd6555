/**
 * Loaded by node before firebase-tools, in the process of the suite.
 *
 * The leash: the tool that started the suite holds the other end of an IPC channel, which the system closes
 * however that tool dies, SIGKILL included. The suite then shuts down as after Ctrl-C, and leaves nothing behind,
 * its generated configuration included.
 */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { MARK, signalMarked } from '../processes/marked-processes.ts';

/** A signal in the middle of a start can leave firebase-tools waiting for ever. */
const STOP_GRACE_MS = 5_000;

const configFile = process.argv[process.argv.indexOf('--config') + 1];

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGINT');
  setTimeout(endAtOnce, STOP_GRACE_MS);
});
process.on('exit', () => configFile?.includes('firebase.suite-') && rmSync(configFile, { force: true }));
process.channel?.unref();
spareSchemaChecks();

function endAtOnce(): void {
  signalMarked(process.env[MARK] ?? '', 'SIGKILL');
  process.exit(1);
}

/**
 * The auth emulator compiles the meta-schema once for every parameter of its API description, only to check a
 * description that ships with it: 7 of the 14 s that a start takes on two cores. Requests are checked as before.
 * Where a later firebase-tools is built otherwise, nothing happens but the wait.
 */
function spareSchemaChecks(): void {
  try {
    const firebase = createRequire(process.argv[1] ?? import.meta.url);
    const exegesis = createRequire(firebase.resolve('exegesis'));
    const { default: Ajv } = exegesis('ajv/dist/core');
    Ajv.prototype.validateSchema = () => true;
  } catch (error) {
    process.stderr.write(`The auth emulator will start slowly: ${String(error)}\n`);
  }
}
