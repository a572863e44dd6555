/**
 * When a memory is written, by whatever door: re-read it, and repair what is derived from it. For what the
 * callables write, this finds all in order, of a change from the event alone; what was written by the Admin SDK
 * or the console becomes searchable and counted here. A failed event is delivered again, until it ends in a dead
 * letter.
 */
import * as logger from 'firebase-functions/logger';
import { onDocumentWritten } from 'firebase-functions/v2/firestore';
import { COLLECTIONS } from '../config.ts';
import { databaseId } from '../params.ts';
import { EVENT_FUNCTION } from './event-function.ts';
import { isSettled } from './is-settled.ts';

const { tenants, spaces, memories } = COLLECTIONS;

/** The trigger on every memory of every space. */
export const onMemoryWritten = onDocumentWritten(
  {
    document: `${tenants}/{tenantId}/${spaces}/{spaceId}/${memories}/{memoryId}`,
    ...EVENT_FUNCTION,
  },
  async ({ id, params, data, time }) => {
    if (isSettled(data)) return;
    const [{ isId }, { embedder }, { openDatabase }, { reconcileOnEvent }, { noteLag }] = await Promise.all([
      import('../contract/primitives.ts'),
      import('../search/instance-embedder.ts'),
      import('../storage/database.ts'),
      import('../storage/reconcile-event.ts'),
      import('../storage/verification.ts'),
    ]);
    if (![params.tenantId, params.spaceId, params.memoryId].every(isId)) {
      // Only an administrator can have written it, and no operation could ever name it.
      logger.error('memory with an invalid id not indexed');
      return;
    }
    const database = openDatabase(databaseId.value());
    try {
      await reconcileOnEvent(database, embedder, params, id);
    } finally {
      // One that fails is late as well, and the later the longer it does.
      await noteLag(database, Date.now() - Date.parse(time), Date.now());
    }
  },
);
