import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_SETTINGS } from '../../functions/src/config.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCUMENTS = globSync(['*.md', 'client/*.md', 'docs/**/*.md'], { cwd: ROOT }).sort();

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What is captured by the first group of each match. */
function captured(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
}

/** A document without what is shown as code, where brackets and hashes mean something else. */
function prose(markdown: string): string {
  return markdown
    .replace(/^```[^\n]*\n[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.slice(1, -1));
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchors(markdown: string): Set<string> {
  const headings = captured(prose(markdown), /^#+\s+(.+)$/gm);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}

/** Each relative link of a document that leads nowhere. */
function brokenLinks(path: string, markdown: string): string[] {
  const links = captured(prose(markdown), /\]\(([^)\s]+)\)/g);
  return links.filter((link) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return false;
    const [target = '', anchor] = link.split('#');
    const file = target === '' ? path : relative(ROOT, resolve(ROOT, dirname(path), target));
    if (file.startsWith('..') || !existsSync(join(ROOT, file))) return true;
    return anchor !== undefined && !anchors(file === path ? markdown : read(file)).has(anchor);
  });
}

/** The package scripts that a document names, each as it is run: `npm test`, `npm run lint`. */
function namedScripts(markdown: string): string[] {
  return [
    ...captured(markdown, /\bnpm run ([\w:-]+)/g),
    ...captured(markdown, /\bnpm (start|test)\b/g),
  ].filter((name) => !name.startsWith('-'));
}

/** Names of the callables that `functions/src/index.ts` registers. */
function callables(): string[] {
  return captured(read('functions/src/index.ts'), /\bcallable\(\s*'([^']+)'/g);
}

/** Names of the operations that the wire contract has. */
function operations(): string[] {
  const [body = ''] = captured(
    read('functions/src/contract/types.ts'),
    /^export interface Operations \{\n([\s\S]*?)^\}/gm,
  );
  return captured(body, /^ {2}'([^']+)':/gm);
}

function errorCodes(): string[] {
  const [union = ''] = captured(read('functions/src/errors.ts'), /^export type ErrorCode =([\s\S]*?);/gm);
  return captured(union, /'([^']+)'/g);
}

/** The reasons that the functions give, wherever one is written out. */
function reasons(): string[] {
  const files = globSync('functions/src/**/*.ts', { cwd: ROOT });
  const found = files.flatMap((file) => {
    const source = read(file);
    return [
      ...captured(source, /\breason(?:: | = )'([a-z-]+)'/g),
      ...captured(source, /new ValidationError\([^;]*?,\s*'([a-z-]+)'\)/g),
      ...captured(source, /\b(?:taken|precondition|unauthenticated)\('([a-z-]+)'/g),
    ];
  });
  const table = captured(
    read('functions/src/storage/translate-error.ts'),
    /\b(?:connection|operation|internal)\((?:'[^']*', '[^']*', )?'([a-z-]+)'\)/g,
  );
  return [...new Set([...found, ...table])].sort();
}

const isNamedIn = (markdown: string) => (name: string) => markdown.includes(`\`${name}\``);

/** The names that a document does not have as code. */
function missing(names: readonly string[], markdown: string): string[] {
  const isNamed = isNamedIn(markdown);
  return names.filter((name) => !isNamed(name));
}

describe('the documents', () => {
  it('are found', () => {
    for (const path of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/api.md', 'docs/errors.md']) {
      assert.ok(DOCUMENTS.includes(path), path);
    }
  });

  for (const path of DOCUMENTS) {
    it(`link only to what is there: ${path}`, () => {
      assert.deepEqual(brokenLinks(path, read(path)), []);
    });
  }

  it('would be caught with a link to a file or a heading that is not there', () => {
    const text =
      '[a](docs/api.md) [b](docs/none.md) [c](#here) [d](#not)\n\n```md\n[e](none.md)\n```\n\n## Here\n';
    assert.deepEqual(brokenLinks('README.md', text), ['docs/none.md', '#not']);
    assert.deepEqual(brokenLinks('README.md', '[a](../outside.md) [b](docs/api.md#no-heading)').length, 2);
  });

  it('name in CONTRIBUTING.md only package scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = namedScripts(read('CONTRIBUTING.md'));
    assert.ok(named.includes('test') && named.includes('lint'), 'the scripts are found');
    assert.deepEqual(
      named.filter((name) => !Object.hasOwn(scripts, name)),
      [],
    );
  });

  it('know of every callable, as the contract and the registration do', () => {
    const names = callables();
    assert.ok(names.length > 0, 'the callables are found');
    assert.deepEqual([...names].sort(), operations().sort());
    assert.deepEqual(missing(names, read('README.md')), [], 'README.md');
    const headings = anchors(read('docs/api.md'));
    assert.deepEqual(
      names.filter((name) => !headings.has(name.toLowerCase())),
      [],
      'headings of docs/api.md',
    );
  });

  it('name every parameter of the deployment and every setting of a tenant', () => {
    const parameters = captured(read('functions/src/params.ts'), /\bdefine[A-Z]\w*\(\s*'([^']+)'/g);
    assert.ok(parameters.includes('FIREMEMORY_REGION'), 'the parameters are found');
    const configuration = read('docs/configuration.md');
    assert.deepEqual(missing([...parameters, ...Object.keys(DEFAULT_SETTINGS)], configuration), []);
    assert.deepEqual(missing(parameters, read('README.md')), [], 'README.md');
    assert.deepEqual(missing(Object.keys(DEFAULT_SETTINGS), read('docs/api.md')), [], 'docs/api.md');
  });

  it('explain every error code under a heading of its own', () => {
    const codes = errorCodes();
    assert.ok(codes.includes('invalid-argument') && codes.includes('internal'), 'the codes are found');
    const headings = anchors(read('docs/errors.md'));
    assert.deepEqual(
      codes.filter((code) => !headings.has(code)),
      [],
    );
  });

  it('explain every reason that an error of the functions can have', () => {
    const found = reasons();
    for (const known of [
      'key-reused',
      'invalid-cursor',
      'not-signed-in',
      'last-owner',
      'throttled',
      'invalid-request',
    ]) {
      assert.ok(found.includes(known), `${known} is found`);
    }
    assert.deepEqual(missing(found, read('docs/errors.md')), []);
  });
});
