/** What the chaos tests of one file share: an emulator of events, and the deployed function on a database of it. */
import type { Firestore } from '../../../functions/src/storage/database.ts';
import type { FaultyLink } from '../faulty-link.ts';
import { openDatabaseAt, openFaultyLink } from '../faulty-link.ts';
import { useDatabase } from './deliverer.ts';
import { type EventSource, openEventSource } from './event-source.ts';
import { rememberVectors } from './remembered-vectors.ts';

/** A stage, up between the hooks of a suite. */
export interface Stage {
  readonly source: EventSource;
  readonly database: Firestore;
  /** The link to the database, where the stage was opened with one. */
  readonly link: FaultyLink;
  close(): Promise<void>;
}

/** Opens a stage. The id of the database must be no other file's: a process opens a database once. */
export async function openStage(databaseId: string, linked: 'linked' | 'direct' = 'direct'): Promise<Stage> {
  const source = await openEventSource([databaseId]);
  const link = linked === 'linked' ? await openFaultyLink(databaseId, source.host) : null;
  const database = openDatabaseAt(source.host, databaseId);
  const undo = [useDatabase(databaseId), rememberVectors()];
  return {
    source,
    database,
    get link() {
      if (link === null) throw new Error('This stage has no link.');
      return link;
    },
    close: async () => {
      for (const step of undo) step();
      await (link?.close() ?? database.terminate());
      await source.close();
    },
  };
}
