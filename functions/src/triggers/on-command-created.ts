/**
 * When a client queues a command: re-read it, and carry it out after those that its member queued before. A
 * failed event is delivered again for 24 hours.
 */
import * as logger from 'firebase-functions/logger';
import { onDocumentCreated } from 'firebase-functions/v2/firestore';
import { COLLECTIONS } from '../config.ts';
import { databaseId } from '../params.ts';
import { EVENT_FUNCTION } from './event-function.ts';

const { tenants, spaces, inbox } = COLLECTIONS;

/** The trigger on every command of every space. */
export const onCommandCreated = onDocumentCreated(
  {
    document: `${tenants}/{tenantId}/${spaces}/{spaceId}/${inbox}/{commandId}`,
    ...EVENT_FUNCTION,
  },
  async ({ params }) => {
    const [{ isId }, { deliverCommand }, { openDatabase }] = await Promise.all([
      import('../contract/primitives.ts'),
      import('../inbox/deliver-command.ts'),
      import('../storage/database.ts'),
    ]);
    const { tenantId, spaceId, commandId } = params;
    if (![tenantId, spaceId, commandId].every(isId)) {
      // Only an administrator can have written it, and no operation could have it for its key.
      logger.error('command with an invalid id not carried out');
      return;
    }
    await deliverCommand({ tenantId, spaceId, commandId }, { database: openDatabase(databaseId.value()) });
  },
);
