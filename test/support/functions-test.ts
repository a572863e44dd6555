/**
 * firebase-functions-test, from the functions' own dependencies: it has to wrap functions of the very
 * firebase-functions that made them, and there is only one in the project. Its invented snapshots need a
 * namespace that firebase-admin 14 no longer has, so events are given real ones.
 */
import functionsTest from '../../functions/node_modules/firebase-functions-test/lib/index.js';

export { Change } from '../../functions/node_modules/firebase-functions/lib/v2/index.js';

/** Wraps functions so that they run in this process, against the emulators that the environment names. */
export const { wrap, cleanup } = functionsTest({
  projectId: process.env.GCLOUD_PROJECT ?? 'demo-firememory',
});
