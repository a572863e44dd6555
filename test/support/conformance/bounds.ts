import assert from 'node:assert/strict';
import type { CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import type { MemoryManager } from '../../../functions/src/storage/memory-manager.ts';
import { failsWith } from '../fails-with.ts';
import { by, type MakeManager, newTenant } from './subject.ts';

type Run = (on: MemoryManager, call: CallContext) => Promise<unknown>;

/** Every operation on the memory `m` of the space `s`; a batch tells of each of its own. */
const OPERATIONS: Record<Exclude<keyof MemoryManager, 'agentData' | 'spaces' | 'batch'>, Run> = {
  add: (on, call) => on.add('s', { memories: [{ text: 'too late' }] }, call),
  get: (on, call) => on.get('s', 'm', call),
  list: (on, call) => on.list('s', {}, call),
  search: (on, call) => on.search(['s'], { query: 'first' }, call),
  update: (on, call) => on.update('s', { id: 'm', changes: { text: 'too late' } }, call),
  delete: (on, call) => on.delete('s', { id: 'm' }, call),
  history: (on, call) => on.history('s', { id: 'm' }, call),
  restore: (on, call) => on.restore('s', { id: 'm', version: 1 }, call),
  append: (on, call) => on.append('s', { session: 'c', messages: [{ role: 'user', text: 'late' }] }, call),
  sessions: (on, call) => on.sessions('s', {}, call),
  context: (on, call) => on.context('s', { session: 'c' }, call),
  deleteSession: (on, call) => on.deleteSession('s', { session: 'c' }, call),
  turns: (on, call) => on.turns('s', { session: 'c' }, call),
  purge: (on, call) => on.purge('s', { filter: { all: true }, dryRun: false }, call),
};

/** The other operations, on what is not there. */
const OTHERS: Record<string, Run> = {
  'agentData.add': ({ agentData }, call) =>
    agentData.add('s', { agentId: 'a', type: 'late', content: 1 }, call),
  'agentData.get': ({ agentData }, call) => agentData.get('s', 'r', call),
  'agentData.list': ({ agentData }, call) => agentData.list('s', {}, call),
  'agentData.delete': ({ agentData }, call) => agentData.delete('s', { id: 'r' }, call),
  'spaces.create': ({ spaces }, call) => spaces.create({ name: 'Late' }, call),
  'spaces.grant': ({ spaces }, call) => spaces.grant('s', { uid: 'ben', access: 'read' }, call),
  'spaces.revoke': ({ spaces }, call) => spaces.revoke('s', { uid: 'ben' }, call),
  'spaces.list': ({ spaces }, call) => spaces.list({}, call),
  'spaces.stats': ({ spaces }, call) => spaces.stats('s', call),
  'spaces.delete': ({ spaces }, call) => spaces.delete('s', {}, call),
};

/** The bounds of a call: its deadline and its signal. */
export function describeBounds(make: MakeManager): void {
  describe('a call that is over before it begins', () => {
    const attempts: [string, () => Partial<CallContext>, (error: unknown) => true][] = [
      [
        'its deadline has passed',
        () => ({ deadline: Date.now() - 1 }),
        failsWith('deadline-exceeded', 'deadline'),
      ],
      ['its caller is gone', () => ({ signal: AbortSignal.abort() }), failsWith('cancelled', 'cancelled')],
    ];
    for (const [name, bounds, refused] of attempts) {
      it(`is refused by every operation, without effect, because ${name}`, async () => {
        const manager = make(newTenant());
        await manager.add('s', { memories: [{ id: 'm', text: 'first' }] }, by('ann'));
        for (const operation of Object.values({ ...OPERATIONS, ...OTHERS })) {
          await assert.rejects(operation(manager, { ...by('ann'), ...bounds() }), refused);
        }
        assert.deepEqual((await manager.agentData.list('s', {}, by('ann'))).records, []);
        const { memories } = await manager.list('s', {}, by('ann'));
        assert.deepEqual(
          memories.map(({ text, version }) => [text, version]),
          [['first', 1]],
        );
        for (const operation of Object.values(OPERATIONS)) {
          await operation(manager, { ...by('ann'), deadline: Date.now() + 30_000 });
        }
      });
    }
  });
}
