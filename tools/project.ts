import path from 'node:path';

/** The repository, whatever directory a tool was started in. */
export const ROOT = path.resolve(import.meta.dirname, '..');

/** A `demo-` project never reaches Google: firebase-tools and the SDKs refuse to. */
export const PROJECT_ID = 'demo-firememory';

/** What the tools write between runs; ignored by git, safe to delete. */
export const CACHE_DIR = path.join(ROOT, '.cache');
