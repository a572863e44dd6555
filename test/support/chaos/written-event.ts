/** Which captured event is that of a write: by the times at which the memory was written, as the event tells them. */
import { onDocumentWritten } from '../../../functions/node_modules/firebase-functions/lib/v2/providers/firestore.js';
import type { DocumentSnapshot } from '../../../functions/src/storage/database.ts';
import type { EventSource, RawEvent } from './event-source.ts';

type Written = Pick<DocumentSnapshot, 'exists' | 'updateTime'> | undefined;

/** Names one write of a memory, given the memory before and after it; null if the one is the other. */
export function writeOf(before: Written, after: Written): string | null {
  const [was, is] = [timeOf(before), timeOf(after)];
  if (was === is) return null;
  return is ?? `deletion of ${was}`;
}

function timeOf(written: Written): string | null {
  const time = written?.exists ? written.updateTime : undefined;
  return time === undefined ? null : `${time.seconds}.${time.nanoseconds}`;
}

/** Waits for the event of a write of the memory whose documents' paths begin so. */
export async function eventOf(source: EventSource, document: string, write: string): Promise<RawEvent> {
  for (let seen = 0, count = 0; ; count = seen + 1) {
    const events = await source.captured(document, count);
    for (const event of events.slice(seen)) if ((await toldWrite(event)) === write) return event;
    seen = events.length;
  }
}

/** What an event tells, as the functions decode it. */
async function toldWrite(event: RawEvent): Promise<string | null> {
  const told = Promise.withResolvers<string | null>();
  const decode = onDocumentWritten('{path=**}', ({ data }) => {
    told.resolve(writeOf(data?.before, data?.after));
  });
  type Raw = Parameters<typeof decode>[0];
  await decode({ ...event.attributes, data: event.data } as unknown as Raw);
  return told.promise;
}
