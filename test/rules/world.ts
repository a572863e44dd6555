/**
 * The seeded world of the rules tests: who there is, and every document that a rule could let out. Tenant
 * `a` is the one under attack; `ab`, whose id begins with it, is the neighbour; `ghost` does not exist.
 */
import { doc, Timestamp, writeBatch } from 'firebase/firestore';
import type { RulesEnvironment } from '../support/rules-environment.ts';

const HOUR_MS = 3_600_000;
const now = Date.now();
const time = Timestamp.fromMillis(now - HOUR_MS);

/** A role, a status, and whether something about the member document is wrong. */
interface MemberDocument {
  role?: string;
  status?: string;
}

/** The member documents of tenant `a`. */
export const MEMBERS: { readonly [uid: string]: MemberDocument } = {
  alice: { role: 'editor', status: 'active' },
  bob: { role: 'viewer', status: 'active' },
  viewer: { role: 'viewer', status: 'active' },
  editor: { role: 'editor', status: 'active' },
  admin: { role: 'admin', status: 'active' },
  owner: { role: 'owner', status: 'active' },
  suspended: { role: 'owner', status: 'suspended' },
  statusless: { role: 'owner' },
  roleless: { status: 'active' },
  'odd-role': { role: 'superuser', status: 'active' },
  left: { role: 'owner', status: 'removed' },
};

/** Members of `a` who may use it. */
export const ACTIVE = ['alice', 'bob', 'viewer', 'editor', 'admin', 'owner'] as const;
/** Those of them who may see who is a member. */
export const MANAGERS = ['admin', 'owner'] as const;

/**
 * What the owners of personal spaces granted. `editor` granted it to everyone who must not have it all the
 * same; `suspended` and `removed` are no active members any more, and their grants end with that.
 */
const GRANTS: { readonly [owner: string]: { readonly [uid: string]: unknown } } = {
  editor: {
    viewer: 'read',
    bob: 'write',
    alice: 'admin',
    admin: 1,
    anonymous: 'write',
    stranger: 'write',
    outsider: 'write',
    removed: 'write',
    suspended: 'write',
    statusless: 'write',
    roleless: 'write',
    'odd-role': 'write',
    left: 'write',
  },
  suspended: { viewer: 'write' },
  removed: { viewer: 'write' },
  left: { viewer: 'write' },
};

/**
 * Everyone who tries. `alice` also stands for the owner of a personal space; `bob` is a member whose uid
 * is the id of a shared space, which must not happen; `removed` has no member document any more, but what
 * was in the personal space is still there; `left` was removed as the service does it, and keeps one;
 * `outsider` owns tenant `ab`; `anonymous` is signed in so. What was granted is in `GRANTS`.
 */
export const ACTORS = [
  'nobody',
  'anonymous',
  'stranger',
  'outsider',
  'removed',
  'suspended',
  'statusless',
  'roleless',
  'odd-role',
  'left',
  'viewer',
  'editor',
  'admin',
  'owner',
  'alice',
  'bob',
] as const;
export type Actor = (typeof ACTORS)[number];

/** The database as an actor sees it. */
export function databaseOf(environment: RulesEnvironment, actor: Actor) {
  if (actor === 'nobody') return environment.asNobody();
  if (actor === 'anonymous') return environment.as(actor, { provider_id: 'anonymous' });
  return environment.as(actor);
}

/** A memory as the server stores it, as far as a rule or a query could ask. */
export function memory(tenant: string, space: string, expiresAt: Timestamp | null = null) {
  return {
    tenant,
    space,
    kind: 'fact',
    text: `remembered in ${tenant}/${space}`,
    createdBy: space,
    createdAt: time,
    version: 1,
    expiresAt,
  };
}

/** What a large add has written of a memory before it is committed. */
function staged(expiresAt: Timestamp) {
  return { text: 'not remembered yet', metadata: {}, staged: { by: 'x', at: time }, expiresAt };
}

/** Collections under a space that only the server reads; of an inbox, what has no author. */
export const SERVER_ONLY_IN_SPACE = [
  'index',
  'stats',
  'frequencies',
  'receipts',
  'sessions',
  'agentData',
  'inbox',
  'deadLetters',
];
/** Collections under a tenant that only the server reads. */
export const SERVER_ONLY_IN_TENANT = ['jobs', 'audit'];

/** Every document of the world by its path. */
function documents(): { [path: string]: object } {
  const world: { [path: string]: object } = {
    'tenants/a': { name: 'A', status: 'active', cursorSecret: 'secret' },
    'tenants/ab': { name: 'AB', status: 'active', cursorSecret: 'secret' },
    'tenants/ab/members/outsider': { role: 'owner', status: 'active', createdAt: time, updatedAt: time },
    'tenants/ab/spaces/team': { kind: 'shared', name: 'Team' },
    'tenants/ab/spaces/team/memories/m1': memory('ab', 'team'),
    'tenants/ab/spaces/outsider/memories/m1': memory('ab', 'outsider'),
    'tenants/a/spaces/team': { kind: 'shared', name: 'Team' },
    'tenants/a/spaces/open': { kind: 'shared', name: 'Open', grants: { viewer: 'write', bob: 'read' } },
    'tenants/a/spaces/alice': { kind: 'personal', name: 'Alice', owner: 'alice' },
    'tenants/a/spaces/bob': { kind: 'shared', name: 'Takes the uid of a member for its id' },
    'tenants/a/spaces/odd-kind': { kind: 'public', name: 'Of no known kind', grants: { viewer: 'write' } },
    'tenants/a/spaces/kindless': { name: 'Of no kind', grants: { viewer: 'write' } },
    'tenants/a/spaces/team/memories/expired': memory('a', 'team', Timestamp.fromMillis(now - 1_000)),
    'tenants/a/spaces/team/memories/expiring': memory('a', 'team', Timestamp.fromMillis(now + HOUR_MS)),
    'tenants/a/spaces/team/memories/staged': staged(Timestamp.fromMillis(now + HOUR_MS)),
    // Somebody else's field of that name.
    'tenants/a/spaces/open/memories/marked': { ...memory('a', 'open'), staged: true },
    'unknown/x': { text: 'a collection that no rule names' },
  };
  for (const [uid, member] of Object.entries(MEMBERS)) {
    world[`tenants/a/members/${uid}`] = { ...member, createdAt: time, updatedAt: time };
    world[`tenants/a/spaces/${uid}/memories/m1`] = memory('a', uid);
  }
  for (const [owner, grants] of Object.entries(GRANTS)) {
    world[`tenants/a/spaces/${owner}`] = { kind: 'personal', owner, grants };
  }
  world['tenants/a/members/alice/private/x'] = { text: 'below a member' };
  for (const space of ['team', 'removed', 'odd-kind', 'kindless', 'undocumented']) {
    world[`tenants/a/spaces/${space}/memories/m1`] = memory('a', space);
  }
  for (const author of ['alice', 'editor', 'removed']) {
    for (const space of ['team', 'alice', 'editor']) {
      world[`tenants/a/spaces/${space}/inbox/of-${author}`] = { op: 'memory.delete', createdBy: author };
    }
  }
  for (const name of SERVER_ONLY_IN_TENANT) world[`tenants/a/${name}/x`] = { state: 'done' };
  for (const space of ['team', 'alice']) {
    for (const name of SERVER_ONLY_IN_SPACE) world[`tenants/a/spaces/${space}/${name}/m1`] = { of: 'm1' };
    world[`tenants/a/spaces/${space}/memories/m1/revisions/1`] = memory('a', space);
  }
  return world;
}

/** Clears the project and writes the world anew. */
export async function seed(environment: RulesEnvironment): Promise<void> {
  await environment.clear();
  await environment.asServer(async (db) => {
    const batch = writeBatch(db);
    for (const [path, data] of Object.entries(documents())) batch.set(doc(db, path), data);
    await batch.commit();
  });
}
