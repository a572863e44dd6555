/** What the functions that events start have in common. */
import { databaseId, embedderSecrets, region } from '../params.ts';

/** A failed event is delivered again for 24 hours. The embedder takes 75 MB at its peak (measured), Node and gRPC the rest. */
export const EVENT_FUNCTION = {
  database: databaseId,
  region,
  secrets: embedderSecrets,
  retry: true,
  memory: '1GiB',
  concurrency: 20,
  timeoutSeconds: 70,
} as const;
