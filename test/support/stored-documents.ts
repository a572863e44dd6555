/** What is stored, read past the rules and the functions, to tell whether a call has written anything. */
import { emulatorHost, PROJECT } from './emulators.ts';

/** Every document below a tenant, itself included, with the time of its last write. */
export async function documentsOf(tenant: string): Promise<string[]> {
  const [own, below] = await Promise.all([
    ownDocument(`tenants/${tenant}`),
    everyDocument(`tenants/${tenant}`),
  ]);
  return [...own, ...below];
}

/** The same of the whole database, but for what the service keeps of its own work, such as the lag of events. */
export async function allDocuments(): Promise<string[]> {
  return (await everyDocument('')).filter((name) => !name.startsWith('documents/operations/'));
}

interface StoredDocument {
  readonly name: string;
  readonly updateTime: string;
}

async function everyDocument(parent: string): Promise<string[]> {
  const structuredQuery = {
    from: [{ allDescendants: true }],
    select: { fields: [{ fieldPath: '__name__' }] },
  };
  const path = parent === '' ? ':runQuery' : `/${parent}:runQuery`;
  const rows = (await request(path, JSON.stringify({ structuredQuery }))) as { document?: StoredDocument }[];
  return rows.flatMap(({ document }) => (document === undefined ? [] : told(document))).sort();
}

async function ownDocument(path: string): Promise<string[]> {
  const document = (await request(`/${path}`)) as StoredDocument | null;
  return document === null ? [] : [told(document)];
}

function told({ name, updateTime }: StoredDocument): string {
  return `${name.slice(name.indexOf('/documents/') + 1)} ${updateTime}`;
}

async function request(path: string, body?: string): Promise<unknown> {
  const root = `http://${emulatorHost('FIRESTORE_EMULATOR_HOST')}/v1/projects/${PROJECT}/databases/(default)`;
  const response = await fetch(`${root}/documents${path}`, {
    headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body }),
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`The Firestore emulator answered ${response.status} to ${path}.`);
  return response.json();
}
