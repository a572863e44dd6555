/**
 * What every `MemoryManager` must do, whatever it stores memories in. It uses the interface alone, so that
 * another implementation proves itself by one call of `describeMemoryManager`.
 */
import { describeAdding } from './conformance/adding.ts';
import { describeAgentData } from './conformance/agent-data.ts';
import { describeBatch } from './conformance/batch.ts';
import { describeBounds } from './conformance/bounds.ts';
import { describeChanging } from './conformance/changing.ts';
import { describePast } from './conformance/past.ts';
import { describePurging } from './conformance/purging.ts';
import { describeReading } from './conformance/reading.ts';
import { describeSessionContext } from './conformance/session-context.ts';
import { describeSessionDelete } from './conformance/session-delete.ts';
import { describeSessionList } from './conformance/session-list.ts';
import { describeSessions } from './conformance/sessions.ts';
import { describeSpaces } from './conformance/spaces.ts';
import type { Enrol, MakeManager } from './conformance/subject.ts';

/**
 * Describes the manager that `make` opens on the tenant that it is given, which is a new one each time. Where a
 * test is of spaces, `enrol` gives the tenant its members first.
 */
export function describeMemoryManager(name: string, make: MakeManager, enrol: Enrol): void {
  describe(`${name} as a MemoryManager`, () => {
    describeAdding(make);
    describeReading(make);
    describeChanging(make);
    describePast(make);
    describePurging(make);
    describeSessions(make);
    describeSessionList(make);
    describeSessionContext(make);
    describeSessionDelete(make);
    describeAgentData(make);
    describeSpaces(make, enrol);
    describeBatch(make);
    describeBounds(make);
  });
}
