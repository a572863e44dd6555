/** Commands at their largest: allowed with expressions to spare, and denied beyond. */
import { strict as assert } from 'node:assert';
import { openRulesEnvironment, type RulesEnvironment } from '../support/rules-environment.ts';
import { documentAttempts, outcomeOf, queryAttempts, queryOf } from './attempt.ts';
import { LARGEST, queue, TOO_LARGE } from './commands.ts';
import { databaseOf, seed } from './world.ts';

/** The space that costs the most to look at: another member's, by a grant. */
const GRANTED = 'a/spaces/editor';

/** Of the 1,000 expressions that production allows a request. */
const SPARE = 100;

describe('A command', () => {
  let environment: RulesEnvironment;
  before(async () => {
    environment = await openRulesEnvironment('demo-firememory-rules-inbox');
    await seed(environment);
  });
  after(() => environment.close());

  for (const [op, input] of Object.entries(LARGEST)) {
    it(`of the largest ${op} is allowed`, () =>
      queue(databaseOf(environment, 'bob'), GRANTED, 'bob', { op, input }));
  }

  for (const [that, overrides] of Object.entries(TOO_LARGE)) {
    it(`that ${that} is denied`, async () => {
      const attempt = queue(databaseOf(environment, 'bob'), GRANTED, 'bob', overrides);
      assert.equal((await outcomeOf(attempt)).allowed, false);
    });
  }
});

describe('The expressions of the largest command', () => {
  /** A condition that holds; in groups, since a long chain would not compile. */
  const spend = (count: number) => {
    const group = `(${Array(20).fill('true').join(' && ')})`;
    return Array(Math.ceil(count / 20))
      .fill(group)
      .join(' && ');
  };
  /** The rules, with a creation that costs this many expressions more: each of a chain counts three. */
  const costlier = (expressions: number) => (source: string) =>
    source.replace('allow create: if', `allow create: if (${spend(Math.ceil(expressions / 3))}) &&`);

  for (const [allowed, more] of [
    [true, SPARE],
    [false, 1_000],
  ] as const) {
    it(`${allowed ? 'leave' : 'do not leave'} ${more} of those that are allowed`, async () => {
      const project = `demo-firememory-rules-cost-${more}`;
      const environment = await openRulesEnvironment(project, costlier(more));
      try {
        await seed(environment);
        for (const [op, input] of Object.entries(LARGEST)) {
          const attempt = queue(databaseOf(environment, 'bob'), GRANTED, 'bob', { op, input });
          assert.equal((await outcomeOf(attempt)).allowed, allowed, op);
        }
      } finally {
        await environment.close();
      }
    });
  }
});

describe('The outcome of a command', () => {
  let environment: RulesEnvironment;
  before(async () => {
    environment = await openRulesEnvironment('demo-firememory-rules-outcome');
    await seed(environment);
  });
  after(() => environment.close());

  it('is watched by its author alone, from the moment at which it is queued', async () => {
    const alice = databaseOf(environment, 'alice');
    await queue(alice, 'a/spaces/team', 'alice', {}, 'hers');
    const path = 'tenants/a/spaces/team/inbox';
    await documentAttempts.watch(alice, `${path}/hers`);
    await queryAttempts.live(queryOf(alice, path, ['createdBy', 'alice']));
    for (const other of ['owner', 'admin', 'editor'] as const) {
      const db = databaseOf(environment, other);
      assert.equal((await outcomeOf(documentAttempts.watch(db, `${path}/hers`))).allowed, false);
      const all = queryAttempts.live(queryOf(db, path, ['createdBy', 'alice']));
      assert.equal((await outcomeOf(all)).allowed, false);
    }
  });
});
