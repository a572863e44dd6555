/**
 * What a deployment may set, by Firebase params: in `functions/.env`, `functions/.env.<project>`, or when
 * `firebase deploy` asks. Each has a default that is safe in production.
 */
import { defineBoolean, defineString, select } from 'firebase-functions/params';

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

/** Whether every callable refuses a call without a valid App Check token. */
export const enforceAppCheck = defineBoolean('FIREMEMORY_ENFORCE_APP_CHECK', {
  default: false,
  description: 'Refuse calls without a valid App Check token.',
});
