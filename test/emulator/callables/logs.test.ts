import assert from 'node:assert/strict';
import type { OperationName } from '../../../functions/src/contract/types.ts';
import { digest } from '../../../functions/src/core/dedupe.ts';
import { post } from '../../support/callable.ts';
import { openEmulatorLog } from '../../support/emulator-log.ts';
import { openWorld, uniqueId, type World } from '../../support/world.ts';

/** What must be in no log: each is unique, so that no other test can have written it. */
const MARKS = {
  text: uniqueId('text'),
  label: uniqueId('label'),
  tag: uniqueId('tag'),
  metadata: uniqueId('metadata'),
  content: uniqueId('content'),
  query: uniqueId('query'),
  key: uniqueId('key'),
  memory: uniqueId('memory'),
  session: uniqueId('session'),
  missing: uniqueId('missing'),
};

describe('the logs of calls', () => {
  let world: World;
  before(async () => {
    world = await openWorld('logs');
  });

  it('hold no text, metadata, token or id, whether a call succeeds or fails', async () => {
    const log = await openEmulatorLog();
    try {
      const { tenant, editor } = world;
      const { token } = editor;
      const memory = {
        id: MARKS.memory,
        text: MARKS.text,
        source: MARKS.label,
        tags: [MARKS.tag],
        metadata: { [MARKS.metadata]: MARKS.metadata },
      };
      const calls: [operation: OperationName, request: object, status: number][] = [
        ['memory-add', { memories: [memory], key: MARKS.key }, 200],
        ['memory-add', { memories: [{ ...memory, text: `${MARKS.text} again` }], key: MARKS.key }, 400],
        ['memory-add', { memories: [{ ...memory, text: `${MARKS.text} taken` }] }, 409],
        ['memory-update', { id: MARKS.memory, changes: { text: `${MARKS.text} anew` }, ifVersion: 7 }, 409],
        ['memory-search', { query: MARKS.query, filter: { tags: MARKS.tag } }, 200],
        ['memory-list', { filter: { [MARKS.tag]: MARKS.text } }, 400],
        ['memory-list', { cursor: MARKS.text }, 400],
        ['memory-get', { id: MARKS.missing }, 404],
        ['memory-purge', { filter: { text: { contains: MARKS.text } } }, 200],
        ['session-append', { session: MARKS.session, messages: [{ role: 'user', text: MARKS.text }] }, 200],
        ['session-context', { session: MARKS.session, query: MARKS.query }, 200],
        ['agentData-add', { agentId: MARKS.label, type: 'plan', content: [MARKS.content] }, 200],
        ['memory-delete', { id: MARKS.memory }, 200],
      ];
      for (const [operation, request, status] of calls) {
        const answer = await post(operation, { tenant, ...request }, token);
        assert.equal(answer.status, status, `${operation}: ${JSON.stringify(answer)}`);
      }
      const stranger = uniqueId('stranger');
      await post('memory-delete', { tenant: stranger, id: MARKS.missing }, token);
      // The log of a process is in the order of its calls, and names a tenant by its hash.
      const lines = await log.until(digest(stranger).slice(0, 12));
      assert.ok(lines.includes('memory.search'), 'the calls are told');
      for (const [what, mark] of Object.entries({ ...MARKS, token, tenant, uid: editor.uid })) {
        assert.ok(!lines.includes(mark), `the ${what} was logged`);
      }
    } finally {
      log.close();
    }
  });
});
