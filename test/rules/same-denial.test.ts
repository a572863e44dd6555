/** What is missing and what is forbidden answer alike: code and message, the emulator's explanation included. */
import { strict as assert } from 'node:assert';
import { openRulesEnvironment, type RulesEnvironment } from '../support/rules-environment.ts';
import {
  create,
  documentAttempts,
  groupOf,
  type Outcome,
  outcomeOf,
  queryAttempts,
  queryOf,
} from './attempt.ts';
import { type Actor, databaseOf, seed } from './world.ts';

/** Paths that an actor must not be able to tell apart; the first one exists. */
interface Indistinguishable {
  about: string;
  paths: readonly string[];
  actors: readonly Actor[];
  /** Someone for whom the first path is no secret. */
  reader: Actor;
}

const OUTSIDE: readonly Actor[] = ['nobody', 'anonymous', 'stranger', 'outsider', 'removed', 'suspended'];
const BESIDE_ALICE: readonly Actor[] = [...OUTSIDE, 'viewer', 'admin', 'owner'];

const SPACES: readonly Indistinguishable[] = [
  {
    about: 'a shared space, a missing one and one of a missing tenant',
    paths: ['a/spaces/team', 'a/spaces/none', 'ghost/spaces/team'],
    actors: OUTSIDE,
    reader: 'viewer',
  },
  {
    about: 'another member’s personal space, a missing one and one of a missing tenant',
    paths: ['a/spaces/alice', 'a/spaces/none', 'ghost/spaces/alice'],
    actors: BESIDE_ALICE,
    reader: 'alice',
  },
  {
    about: 'a space of another tenant, one that it lacks and one of a missing tenant',
    paths: ['ab/spaces/team', 'ab/spaces/none', 'ghost/spaces/team'],
    actors: ['nobody', 'stranger', 'viewer', 'owner'],
    reader: 'outsider',
  },
];

const DOCUMENTS: readonly Indistinguishable[] = [
  {
    about: 'a command of another member, and a missing one',
    paths: ['of-alice', 'none'].map((id) => `tenants/a/spaces/team/inbox/${id}`),
    actors: [...OUTSIDE, 'viewer', 'admin', 'owner'],
    reader: 'alice',
  },
  ...SPACES.map((row) => ({
    ...row,
    about: `memories, there or not, in ${row.about}`,
    paths: row.paths.flatMap((space) => ['m1', 'none'].map((id) => `tenants/${space}/memories/${id}`)),
  })),
  {
    about: 'a space, a missing one and that of a missing tenant',
    paths: ['tenants/a/spaces/team', 'tenants/a/spaces/none', 'tenants/ghost/spaces/team'],
    actors: OUTSIDE,
    reader: 'viewer',
  },
  {
    about: 'another member, a missing one and one of a missing tenant',
    paths: ['tenants/a/members/alice', 'tenants/a/members/none', 'tenants/ghost/members/alice'],
    actors: [...OUTSIDE, 'viewer', 'editor'],
    reader: 'alice',
  },
];

describe('[18] A client cannot tell', () => {
  let environment: RulesEnvironment;
  before(async () => {
    environment = await openRulesEnvironment('demo-firememory-rules-denials');
    await seed(environment);
  });
  after(() => environment.close());

  /** Asserts that all attempts were denied in the same words. */
  function assertSameDenial(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      assert.equal(outcome.allowed, false);
      assert.deepEqual(outcome, outcomes[0]);
    }
  }

  for (const { about, paths, actors, reader } of DOCUMENTS) {
    it(`${about}; ${reader} can`, async () => {
      const attemptsOf = async (actor: Actor): Promise<void> => {
        const db = databaseOf(environment, actor);
        for (const attempt of Object.values(documentAttempts)) {
          assertSameDenial(await Promise.all(paths.map((path) => outcomeOf(attempt(db, path)))));
        }
      };
      await Promise.all(actors.map(attemptsOf));
      await documentAttempts.get(databaseOf(environment, reader), paths[0]!);
    });
  }

  for (const { about, paths, actors, reader } of SPACES) {
    it(`by queries of memories, ${about}; ${reader} can`, async () => {
      const collections = paths.map((space) => `tenants/${space}/memories`);
      const attemptsOf = async (actor: Actor): Promise<void> => {
        const db = databaseOf(environment, actor);
        for (const attempt of Object.values(queryAttempts)) {
          const attempts = collections.map((path) => outcomeOf(attempt(queryOf(db, path))));
          assertSameDenial(await Promise.all(attempts));
        }
        assertSameDenial(await Promise.all(collections.map((path) => outcomeOf(create(db, path)))));
      };
      await Promise.all(actors.map(attemptsOf));
      await queryAttempts.list(queryOf(databaseOf(environment, reader), collections[0]!));
    });
  }

  it('an expired memory from a missing one, in a space that is open to it', async () => {
    const memories = 'tenants/a/spaces/team/memories';
    const attempts = ['expired', 'none'].map((id) =>
      outcomeOf(documentAttempts.get(databaseOf(environment, 'viewer'), `${memories}/${id}`)),
    );
    assertSameDenial(await Promise.all(attempts));
    await documentAttempts.get(databaseOf(environment, 'viewer'), `${memories}/expiring`);
  });

  it('a collection that some tenant has from one that none has, by a collection group query', async () => {
    const attempts = ['memories', 'index', 'nothing'].map((name) =>
      outcomeOf(queryAttempts.list(groupOf(databaseOf(environment, 'owner'), name))),
    );
    assertSameDenial(await Promise.all(attempts));
  });
});
