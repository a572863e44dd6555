import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COLLECTIONS } from '../../../functions/src/config.ts';
import { isId } from '../../../functions/src/contract/primitives.ts';
import { digest } from '../../../functions/src/core/dedupe.ts';
import { OperationError } from '../../../functions/src/errors.ts';
import { openDatabase } from '../../../functions/src/storage/database.ts';
import { idsAlong, tenantPaths } from '../../../functions/src/storage/paths.ts';

// A path is made without a project and without a database that answers.
const database = openDatabase('(default)');

/** Each builder that takes an id, and the path that it makes of a good one. */
const BUILDERS: readonly [path: string, build: (id: string) => { readonly path: string }][] = [
  ['tenants/ID', (id) => tenantPaths(database, id).tenant],
  ['tenants/acme/members/ID', (id) => tenantPaths(database, 'acme').member(id)],
  ['tenants/acme/spaces/ID', (id) => tenantPaths(database, 'acme').space(id).space],
  ['tenants/acme/spaces/ann/memories/ID', (id) => space().memory(id)],
  ['tenants/acme/spaces/ann/memories/ID/revisions', (id) => space().revisions(id)],
  ['tenants/acme/spaces/ann/memories/ID/revisions/3', (id) => space().revision(id, 3)],
  ['tenants/acme/spaces/ann/index/ID', (id) => space().entry(id)],
  ['tenants/acme/spaces/ann/receipts/dID', (id) => space().receipt(id)],
  ['tenants/acme/spaces/ann/claims/dID', (id) => space().claim(id)],
  ['tenants/acme/spaces/ann/sessions/ID', (id) => space().session(id)],
];

function space() {
  return tenantPaths(database, 'acme').space('ann');
}

const CRAFTED = [
  '',
  '.',
  '..',
  '/',
  'a/b',
  'a/b/c',
  '../other',
  '../../other/spaces/bob',
  'other/spaces/bob/memories/m',
  '__x__',
  '__proto__',
  'a b',
  'a.b',
  'a\u0000',
  'a\n',
  '\u00e9',
  'a%2Fb',
  'x'.repeat(129),
  'x'.repeat(1_501),
];

function isRefused(work: () => unknown, id: string): void {
  assert.throws(
    work,
    (error) => {
      assert.ok(error instanceof OperationError);
      assert.deepEqual([error.code, error.details.reason], ['internal', 'invalid-id']);
      assert.ok(id.length < 3 || !error.message.includes(id));
      return true;
    },
    JSON.stringify(id),
  );
}

describe('the path', () => {
  for (const [path, build] of BUILDERS) {
    it(`${path} is made of an id`, () => {
      for (const id of ['a', 'A-b_9', 'x'.repeat(120), '__x', 'constructor']) {
        assert.equal(build(id).path, path.replace('ID', id));
      }
    });

    it(`${path} is not made of what is no id`, () => {
      // A letter in front makes an id of what would be none for being empty or reserved.
      const prefixed = path.includes('dID');
      for (const id of CRAFTED) {
        if (!prefixed || !isId(`d${id}`)) isRefused(() => build(id), id);
      }
    });

    it(`${path} stays where it belongs, whatever the id`, () => {
      const id = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('.', '/', '_', 'a', '-') }),
      );
      const shape = path.split('/');
      fc.assert(
        fc.property(id, (crafted) => {
          let made: string;
          try {
            made = build(crafted).path;
          } catch (error) {
            assert.ok(error instanceof OperationError);
            return;
          }
          const segments = made.split('/');
          assert.equal(segments.length, shape.length);
          for (const [place, segment] of segments.entries()) {
            if (!shape[place]?.includes('ID')) assert.equal(segment, shape[place]);
            else assert.ok(isId(segment) && segment.endsWith(crafted));
          }
        }),
      );
    });
  }

  it('of each collection stands under its tenant, named once', () => {
    const { spaces, members } = tenantPaths(database, 'acme');
    const { memories, index, stats, words } = space();
    assert.deepEqual(
      [spaces, members, memories, index, stats, words].map(({ path }) => path),
      [
        'tenants/acme/spaces',
        'tenants/acme/members',
        'tenants/acme/spaces/ann/memories',
        'tenants/acme/spaces/ann/index',
        'tenants/acme/spaces/ann/stats',
        'tenants/acme/spaces/ann/frequencies/words',
      ],
    );
    assert.equal(new Set(Object.values(COLLECTIONS)).size, Object.keys(COLLECTIONS).length);
  });

  it('of any digest is an allowed one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        space().receipt(digest(text));
        space().claim(digest(text));
      }),
    );
    assert.ok(
      space()
        .claim(`__${'x'.repeat(39)}__`)
        .path.endsWith('__'),
    );
  });
});

describe('the ids along a path', () => {
  const chain = ['tenants', 'spaces', 'memories'] as const;
  const ids = (path: string) => idsAlong({ path }, chain);

  it('are those of a document under exactly these collections', () => {
    assert.deepEqual(ids(space().memory('m').path), ['acme', 'ann', 'm']);
  });

  it('are none of a document elsewhere, or with an id that is none', () => {
    for (const path of [
      'memories/m',
      'tenants/acme/memories/m',
      'apps/acme/spaces/ann/memories/m',
      'tenants/acme/spaces/ann/index/m',
      'tenants/acme/spaces/ann/memories/m/revisions/1',
      'tenants/acme/spaces/ann/memories',
      'tenants/acme/spaces/ann/memories/a.b',
      'tenants/acme/spaces/ann/memories/__id7__',
    ]) {
      assert.equal(ids(path), null, path);
    }
  });
});
