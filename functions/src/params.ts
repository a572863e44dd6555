/**
 * What a deployment may set, by Firebase params: in `functions/.env`, `functions/.env.<project>`, or when
 * `firebase deploy` asks. Each has a default that is safe in production.
 */
import { defineBoolean, defineString, select } from 'firebase-functions/params';

/**
 * What is typed in at a deployment. Numbers are strings here: an integer parameter would read `1.5` as 1 and
 * `soon` as 0. What is written into a file is checked by nobody but `api/deployment-settings.ts`.
 */
const WHOLE_NUMBER = '^[0-9]+$';

/** The Firestore database that holds the memories: `(default)` or the id of another one. */
export const databaseId = defineString('FIREMEMORY_DATABASE', {
  default: '(default)',
  description: 'The Firestore database that holds the memories.',
});

/** The region of all functions. Choose the one of the database. */
export const region = defineString('FIREMEMORY_REGION', {
  default: 'us-central1',
  description: 'The region of the functions; choose the one of the database.',
});

/** Who may create a tenant through `tenant-create`. */
export const tenantCreation = defineString('FIREMEMORY_TENANT_CREATION', {
  default: 'closed',
  description:
    'Who may create a tenant: nobody, holders of the custom claim { firememory: "operator" }, or any signed-in user.',
  input: select(['closed', 'operators', 'signed-in']),
});

/** Seconds until a memory expires where neither its tenant nor the call says: a whole number, 0 for never. */
export const defaultTtlSeconds = defineString('FIREMEMORY_DEFAULT_TTL_SECONDS', {
  default: '0',
  description: 'Seconds until a memory expires where neither the tenant nor the call says; 0 for never.',
  input: {
    text: { validationRegex: WHOLE_NUMBER, validationErrorMessage: 'Give a whole number of seconds.' },
  },
});

/** Whether `memory-add` looks for duplicates where neither the tenant nor the call says. */
export const dedupe = defineString('FIREMEMORY_DEDUPE', {
  default: 'exact',
  description: 'Whether an add looks for exact duplicates where neither the tenant nor the call says.',
  input: select(['exact', 'off']),
});

/** Days for which a deleted memory keeps its history where its tenant does not say: 1 … 3650. */
export const retentionDays = defineString('FIREMEMORY_RETENTION_DAYS', {
  default: '30',
  description: 'Days for which a deleted memory can be restored where the tenant does not say; 1 to 3650.',
  input: { text: { validationRegex: WHOLE_NUMBER, validationErrorMessage: 'Give a whole number of days.' } },
});

/** Hours for which a key replays its answer where its tenant does not say: 1 … 720. */
export const receiptHours = defineString('FIREMEMORY_RECEIPT_HOURS', {
  default: '24',
  description:
    'Hours for which a repeated call gets its first answer where the tenant does not say; 24 to 720.',
  input: { text: { validationRegex: WHOLE_NUMBER, validationErrorMessage: 'Give a whole number of hours.' } },
});

/** Whether every callable refuses a call without a valid App Check token. */
export const enforceAppCheck = defineBoolean('FIREMEMORY_ENFORCE_APP_CHECK', {
  default: false,
  description: 'Refuse calls without a valid App Check token.',
});
