/** What the client makes of the answer to a command, under the rules. */
import { strict as assert } from 'node:assert';
import { doc } from 'firebase/firestore';
import { handOver } from '../../client/src/hand-over.ts';
import { openRulesEnvironment, type RulesEnvironment } from '../support/rules-environment.ts';
import { commandOf } from './commands.ts';
import { databaseOf, seed } from './world.ts';

describe('A command that is handed to Firestore', () => {
  let environment: RulesEnvironment;
  before(async () => {
    environment = await openRulesEnvironment('demo-firememory-rules-hand-over');
    await seed(environment);
  });
  after(() => environment.close());

  const command = (id: string, by: 'alice' | 'bob' = 'alice') =>
    doc(databaseOf(environment, by), `tenants/a/spaces/team/inbox/${id}`);

  it('a second time, since the first answer was lost, has been taken in', async () => {
    const hand = () => handOver('memory.add', command('lost'), commandOf('alice'));
    await hand();
    await hand();
  });

  it('is refused where the rules refuse it, and is not taken for one that is there', async () => {
    const refused = { code: 'permission-denied', operation: 'memory.add' };
    const unsound = commandOf('alice', { state: 'done' });
    await assert.rejects(handOver('memory.add', command('unsound'), unsound), refused);
    await handOver('memory.add', command('hers'), commandOf('alice'));
    await assert.rejects(handOver('memory.add', command('hers', 'bob'), commandOf('bob')), refused);
  });
});
