/**
 * The access policy as a table: who may read which document and which query of the seeded world. Whoever a
 * row does not name is denied, and nobody writes anything.
 */
import { ACTIVE, type Actor, MANAGERS, SERVER_ONLY_IN_SPACE, SERVER_ONLY_IN_TENANT } from './world.ts';

/** One row for a document. */
export interface DocumentRow {
  path: string;
  readers: readonly Actor[];
  /** What the row is about, with the number of its hostile case if it has one. */
  about: string;
}

/** One row for the documents of a collection, narrowed to `[field, value]` if `equal` is given. */
export interface QueryRow extends DocumentRow {
  equal?: readonly [string, string];
}

/** A document of the server, and one row for its collection besides. */
const SERVER_ONLY: readonly (readonly [collection: string, id: string, about: string])[] = [
  ['tenants', 'a', 'the tenant, which holds the secret of its cursors'],
  ['tenants', 'ghost', 'a tenant that does not exist'],
  ['unknown', 'x', 'a collection that no rule names'],
  ['operations', 'verification', '[20] what the service keeps of its own work'],
  ['tenants/a/members/alice/private', 'x', 'a collection below a member'],
  ...SERVER_ONLY_IN_TENANT.map((name) => [`tenants/a/${name}`, 'x', `[20] ${name}`] as const),
  ...['team', 'alice'].flatMap((space) => [
    ...SERVER_ONLY_IN_SPACE.map(
      (name) => [`tenants/a/spaces/${space}/${name}`, 'm1', `[20] ${name} of ${space}`] as const,
    ),
    [`tenants/a/spaces/${space}/memories/m1/revisions`, '1', `[20] revisions in ${space}`] as const,
  ]),
];

/** What is in each space: the same readers for a memory, for all of them, and for a live query. */
const SPACES: readonly (readonly [space: string, readers: readonly Actor[], about: string])[] = [
  ['a/spaces/team', ACTIVE, 'a shared space'],
  ['a/spaces/alice', ['alice'], 'a personal space with a document'],
  ['a/spaces/viewer', ['viewer'], 'a personal space without a document'],
  ['a/spaces/owner', ['owner'], 'the personal space of the tenant’s owner'],
  ['a/spaces/bob', ['bob'], 'a personal space whose document says it is shared'],
  ['a/spaces/editor', ['viewer', 'editor', 'bob'], 'a personal space that was granted to some'],
  ['a/spaces/suspended', [], '[16] the personal space of a suspended member'],
  ['a/spaces/left', [], '[16] the personal space of a removed member who has a document'],
  ['a/spaces/statusless', [], 'the personal space of a member without a status'],
  ['a/spaces/roleless', [], 'the personal space of a member without a role'],
  ['a/spaces/odd-role', [], 'the personal space of a member with an unknown role'],
  ['a/spaces/removed', [], '[16] the personal space of a removed member'],
  ['a/spaces/odd-kind', [], 'a space of an unknown kind'],
  ['a/spaces/kindless', [], 'a space without a kind'],
  ['a/spaces/undocumented', [], 'a space without a document, of no member'],
  ['ab/spaces/team', ['outsider'], '[17] a shared space of the tenant whose id begins with this one’s'],
  ['ab/spaces/outsider', ['outsider'], '[17] a personal space of that tenant'],
  ['ghost/spaces/team', [], '[18] a space of a tenant that does not exist'],
];

/** Every document worth trying. */
export const DOCUMENTS: readonly DocumentRow[] = [
  ...SERVER_ONLY.map(([path, id, about]) => ({ path: `${path}/${id}`, readers: [], about })),
  ...SPACES.map(([space, readers, about]) => ({
    path: `tenants/${space}/memories/m1`,
    readers,
    about: `a memory in ${about}`,
  })),
  { path: 'tenants/a/spaces/team/memories/expiring', readers: ACTIVE, about: 'a memory that will expire' },
  { path: 'tenants/a/spaces/team/memories/expired', readers: [], about: '[33] a memory that has expired' },
  { path: 'tenants/a/spaces/team/memories/staged', readers: [], about: 'a memory that is not committed yet' },
  { path: 'tenants/a/spaces/open/memories/marked', readers: ACTIVE, about: 'a memory with a field `staged`' },
  { path: 'tenants/a/spaces/team/memories/none', readers: [], about: '[18] a memory that does not exist' },
  { path: 'tenants/a/spaces/team/inbox/of-alice', readers: ['alice'], about: 'a command in a shared space' },
  { path: 'tenants/a/spaces/alice/inbox/of-alice', readers: ['alice'], about: 'a command in the own space' },
  {
    path: 'tenants/a/spaces/alice/inbox/of-editor',
    readers: [],
    about: 'a command of somebody who may not read the space any more',
  },
  {
    path: 'tenants/a/spaces/team/inbox/of-removed',
    readers: [],
    about: '[16] a command of a removed member',
  },
  { path: 'tenants/a/spaces/team/inbox/none', readers: [], about: '[18] a command that does not exist' },
  { path: 'tenants/a/members/alice', readers: ['alice', ...MANAGERS], about: 'a member' },
  { path: 'tenants/a/members/owner', readers: MANAGERS, about: 'the tenant’s owner' },
  { path: 'tenants/a/members/suspended', readers: MANAGERS, about: '[16] a suspended member' },
  { path: 'tenants/a/members/statusless', readers: MANAGERS, about: 'a member without a status' },
  { path: 'tenants/a/members/left', readers: MANAGERS, about: '[16] a removed member who has a document' },
  { path: 'tenants/a/members/removed', readers: MANAGERS, about: '[16] a removed member' },
  { path: 'tenants/ab/members/outsider', readers: ['outsider'], about: '[17] a member of another tenant' },
  { path: 'tenants/a/spaces/team', readers: ACTIVE, about: 'the document of a shared space' },
  { path: 'tenants/a/spaces/alice', readers: ['alice'], about: 'the document of a personal space' },
  {
    path: 'tenants/a/spaces/editor',
    readers: ['editor'],
    about: 'the document of a personal space, grants included',
  },
  { path: 'tenants/a/spaces/viewer', readers: ['viewer'], about: 'the missing document of a personal space' },
  { path: 'tenants/a/spaces/odd-kind', readers: [], about: 'the document of a space of an unknown kind' },
  { path: 'tenants/a/spaces/none', readers: [], about: '[18] a space that does not exist' },
  { path: 'tenants/ab/spaces/team', readers: ['outsider'], about: '[17] a space of another tenant' },
];

/** Every query worth trying. */
export const QUERIES: readonly QueryRow[] = [
  ...SERVER_ONLY.map(([path, , about]) => ({ path, readers: [], about: `all beside ${about}` })),
  ...SPACES.map(([space, readers, about]) => ({
    path: `tenants/${space}/memories`,
    readers,
    about: `all memories in ${about}`,
  })),
  {
    path: 'tenants/a/spaces/team/inbox',
    equal: ['createdBy', 'alice'],
    readers: ['alice'],
    about: 'the commands of one member in a shared space',
  },
  {
    path: 'tenants/a/spaces/alice/inbox',
    equal: ['createdBy', 'editor'],
    readers: [],
    about: 'the commands of somebody who may not read the space any more',
  },
  {
    path: 'tenants/a/spaces/team/inbox',
    equal: ['createdBy', 'removed'],
    readers: [],
    about: '[16] the commands of a removed member',
  },
  { path: 'tenants/a/members', readers: MANAGERS, about: 'all members' },
  { path: 'tenants/a/members', equal: ['role', 'owner'], readers: MANAGERS, about: 'the owners' },
  { path: 'tenants/ab/members', readers: ['outsider'], about: '[17] all members of another tenant' },
  { path: 'tenants/a/spaces', equal: ['kind', 'shared'], readers: ACTIVE, about: 'the shared spaces' },
  { path: 'tenants/a/spaces', equal: ['kind', 'personal'], readers: [], about: 'the personal spaces' },
  { path: 'tenants/a/spaces', equal: ['owner', 'alice'], readers: [], about: 'the spaces of one owner' },
  { path: 'tenants/a/spaces', readers: [], about: 'all spaces' },
  {
    path: 'tenants/ab/spaces',
    equal: ['kind', 'shared'],
    readers: ['outsider'],
    about: '[17] the shared spaces of another tenant',
  },
];

/** Collection names that a collection group query could gather from every tenant. */
export const GROUPS: readonly string[] = [
  'tenants',
  'members',
  'spaces',
  'memories',
  'revisions',
  ...SERVER_ONLY_IN_SPACE,
  ...SERVER_ONLY_IN_TENANT,
];
