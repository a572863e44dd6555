/** A tenant with a member of every role and a shared space: where the tests of one file take place. */
import { signUp, type User } from './users.ts';

/** The people of all worlds. The stranger is signed in but no member. */
export interface People {
  readonly owner: User;
  readonly admin: User;
  readonly editor: User;
  readonly viewer: User;
  readonly stranger: User;
}

/** A tenant of one test file. */
export interface World extends People {
  readonly tenant: string;
  /** The id of a shared space. */
  readonly shared: string;
}

let people: Promise<People> | undefined;

/** Makes a tenant that no other file uses; its members are the same people everywhere. */
export async function openWorld(name: string): Promise<World> {
  people ??= signUpAll();
  const all = await people;
  const tenant = uniqueId(name);
  const owner = all.owner.open(tenant);
  await owner.tenant.create();
  for (const role of ['admin', 'editor', 'viewer'] as const)
    await owner.tenant.setMember(all[role].uid, role);
  const { space } = await owner.space.create({ id: 'shared', name: 'Shared' });
  return { ...all, tenant, shared: space.id };
}

/** An id that was never used. */
export function uniqueId(name: string): string {
  return `${name}-${crypto.randomUUID()}`;
}

async function signUpAll(): Promise<People> {
  const [owner, admin, editor, viewer, stranger] = await Promise.all([
    signUp(),
    signUp(),
    signUp(),
    signUp(),
    signUp(),
  ]);
  return { owner, admin, editor, viewer, stranger };
}
