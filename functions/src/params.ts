/**
 * What a deployment may set, by Firebase params: in `functions/.env`, `functions/.env.<project>`, or when
 * `firebase deploy` asks. Each has a default that is safe in production.
 */
import { defineBoolean, defineSecret, defineString, projectID, select } from 'firebase-functions/params';

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

/** Hours for which a key replays its answer where its tenant does not say: 24 … 720. */
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

/** The id of the project that the functions run in. */
export const project: Setting = { name: 'GCLOUD_PROJECT', value: () => projectID.value() };

/** A parameter that nobody is asked for. */
interface Setting {
  readonly name: string;
  /** Trimmed; empty if it is not set. */
  value(): string;
}

/**
 * A line of a file that `firebase deploy` gives to the functions, and does not ask for. The parameters of the
 * embedder are such: they decide which secret there is, and only what is in a file is known when that is
 * decided. A deployment that says nothing of embedders is asked nothing of them.
 */
function unasked(name: string): Setting {
  return { name, value: () => (process.env[name] ?? '').trim() };
}

/** Who embeds: `local` (the default), `gemini` or `openai`. */
export const embedderKind = unasked('FIREMEMORY_EMBEDDER');

/** The hosted model, as its provider names it. */
export const embedderModel = unasked('FIREMEMORY_EMBEDDER_MODEL');

/** Length of the vectors of the hosted model: 1 … 3072 (`HOSTED_EMBEDDER.MAX_DIMENSIONS`). */
export const embedderDimensions = unasked('FIREMEMORY_EMBEDDER_DIMENSIONS');

/** The base URL of a server that speaks the protocol of OpenAI. */
export const embedderUrl = unasked('FIREMEMORY_EMBEDDER_URL');

/** The location of Vertex AI, for `gemini` by the service account of the functions. */
export const embedderLocation = unasked('FIREMEMORY_EMBEDDER_LOCATION');

/** The key of the hosted model: a secret, never a line of a file. */
export const embedderKey = unasked('FIREMEMORY_EMBEDDER_KEY');

/**
 * The secrets of the functions that embed: the key, if the chosen embedder takes one, else none. `firebase
 * deploy` demands each secret that is so much as named, so this must not name any that is not needed.
 */
export const embedderSecrets = takesKey()
  ? [defineSecret(embedderKey.name, { description: 'The API key of the hosted embedding model.' })]
  : [];

function takesKey(): boolean {
  const kind = embedderKind.value();
  return kind === 'openai' || (kind === 'gemini' && embedderLocation.value() === '');
}
