/** Runs every row of the access policy for everyone, and asks the emulator which expressions that reached. */
import { strict as assert } from 'node:assert';
import { type Query, query, where } from 'firebase/firestore';
import { openRulesEnvironment, type RulesEnvironment } from '../support/rules-environment.ts';
import {
  create,
  type DocumentOperation,
  documentAttempts,
  groupOf,
  outcomeOf,
  type QueryOperation,
  queryAttempts,
  queryOf,
} from './attempt.ts';
import { HOSTILE, queue, SOUND } from './commands.ts';
import { oneSidedConditions } from './coverage.ts';
import { WRITERS } from './inbox.ts';
import { DOCUMENTS, GROUPS, QUERIES } from './policy.ts';
import { ACTORS, type Actor, databaseOf, seed } from './world.ts';

const READS: readonly DocumentOperation[] = ['get', 'watch'];
const WRITES: readonly DocumentOperation[] = ['update', 'delete'];
const QUERIES_OF: readonly QueryOperation[] = ['list', 'count', 'live'];

describe('The access policy', () => {
  let environment: RulesEnvironment;
  before(async () => {
    environment = await openRulesEnvironment('demo-firememory-rules-policy');
    await seed(environment);
  });
  after(() => environment.close());

  /** Asserts that of all actors exactly these are allowed to. */
  async function assertAllowed(expected: readonly Actor[], attempt: (actor: Actor) => Promise<unknown>) {
    const outcomes = await Promise.all(ACTORS.map((actor) => outcomeOf(attempt(actor))));
    const allowed = ACTORS.filter((_, index) => outcomes[index]?.allowed);
    assert.deepEqual(
      allowed,
      ACTORS.filter((actor) => expected.includes(actor)),
    );
  }

  for (const { path, readers, about } of DOCUMENTS) {
    describe(`${about} (${path})`, () => {
      for (const operation of READS) {
        it(`${operation} is for ${listOf(readers)}`, () =>
          assertAllowed(readers, (actor) =>
            documentAttempts[operation](databaseOf(environment, actor), path),
          ));
      }
      for (const operation of WRITES) {
        it(`${operation} is for nobody`, () =>
          assertAllowed([], (actor) => documentAttempts[operation](databaseOf(environment, actor), path)));
      }
    });
  }

  for (const { path, equal, readers, about } of QUERIES) {
    const condition = equal === undefined ? '' : ` where ${equal.join(' is ')}`;
    describe(`${about} (${path}${condition})`, () => {
      for (const operation of QUERIES_OF) {
        it(`${operation} is for ${listOf(readers)}`, () =>
          assertAllowed(readers, (actor) =>
            queryAttempts[operation](queryOf(databaseOf(environment, actor), path, equal)),
          ));
      }
      it('create is for nobody', () =>
        assertAllowed([], (actor) => create(databaseOf(environment, actor), path)));
    });
  }

  describe('[17] a collection group query', () => {
    for (const name of GROUPS) {
      for (const operation of QUERIES_OF) {
        it(`over ${name}: ${operation} is for nobody`, () =>
          assertAllowed([], (actor) =>
            queryAttempts[operation](groupOf(databaseOf(environment, actor), name)),
          ));
      }
    }

    const narrowed: { [about: string]: (all: Query) => Query } = {
      'one’s own tenant': (all) => query(all, where('tenant', '==', 'a')),
      'one’s own space': (all) => query(all, where('space', '==', 'owner')),
    };
    for (const [about, narrow] of Object.entries(narrowed)) {
      it(`over memories is for nobody even when narrowed to ${about}`, () =>
        assertAllowed([], (actor) =>
          queryAttempts.list(narrow(groupOf(databaseOf(environment, actor), 'memories'))),
        ));
    }
  });

  describe('a command', () => {
    for (const { space, writers, about } of WRITERS) {
      it(`in ${about} (${space}) is for ${listOf(writers)}`, () =>
        assertAllowed(writers, (actor) => queue(databaseOf(environment, actor), space, actor)));
    }

    const alice = () => databaseOf(environment, 'alice');
    const own = 'a/spaces/alice';

    for (const [op, input] of SOUND) {
      it(`of the form ${op} ${JSON.stringify(input).slice(0, 60)} is allowed`, () =>
        queue(alice(), own, 'alice', { op, input }));
    }

    for (const [that, overrides] of Object.entries(HOSTILE)) {
      it(`that ${that} is denied`, async () => {
        const outcome = await outcomeOf(queue(alice(), own, 'alice', overrides));
        assert.equal(outcome.allowed, false);
      });
    }

    for (const id of ['a.b', 'x'.repeat(129), 'a b', 'é']) {
      it(`with the id ${id.slice(0, 9)} is denied`, async () => {
        const outcome = await outcomeOf(queue(alice(), own, 'alice', {}, id));
        assert.equal(outcome.allowed, false);
      });
    }

    it('is queued once under an id, and neither changed nor removed', async () => {
      await queue(alice(), own, 'alice', {}, 'once');
      for (const attempt of [
        () => queue(alice(), own, 'alice', {}, 'once'),
        () => documentAttempts.update(alice(), `tenants/${own}/inbox/once`),
        () => documentAttempts.delete(alice(), `tenants/${own}/inbox/once`),
      ]) {
        assert.equal((await outcomeOf(attempt())).allowed, false);
      }
      await documentAttempts.get(alice(), `tenants/${own}/inbox/once`);
    });
  });

  // A block of its own: mocha runs the tests of a block before the blocks in it.
  describe('as a whole', () => {
    it('has rows in which each condition of the rules holds, and rows in which it does not', async () => {
      assert.deepEqual(oneSidedConditions(await environment.coverage()), []);
    });
  });
});

/** Names the readers of a row in a title. */
function listOf(readers: readonly Actor[]): string {
  return readers.length === 0 ? 'nobody' : `${readers.join(', ')} alone`;
}
