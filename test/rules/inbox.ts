/** Who may queue a command where. Whoever a row does not name is denied. */
import type { Actor } from './world.ts';

/** One row for a space. */
export interface WriterRow {
  space: string;
  writers: readonly Actor[];
  about: string;
}

/** The same spaces as those in which memories are read. */
export const WRITERS: readonly WriterRow[] = [
  { space: 'a/spaces/team', writers: ['alice', 'editor', 'admin', 'owner'], about: 'a shared space' },
  { space: 'a/spaces/alice', writers: ['alice'], about: 'a personal space with a document' },
  { space: 'a/spaces/owner', writers: ['owner'], about: 'a personal space without a document' },
  { space: 'a/spaces/viewer', writers: [], about: 'the personal space of a viewer' },
  {
    space: 'a/spaces/bob',
    writers: [],
    about: 'the personal space of a viewer whose document says it is shared',
  },
  {
    space: 'a/spaces/editor',
    writers: ['editor', 'bob'],
    about: 'a personal space that was granted to some',
  },
  { space: 'a/spaces/suspended', writers: [], about: '[16] the personal space of a suspended member' },
  {
    space: 'a/spaces/left',
    writers: [],
    about: '[16] the personal space of a removed member who has a document',
  },
  { space: 'a/spaces/statusless', writers: [], about: 'the personal space of a member without a status' },
  { space: 'a/spaces/roleless', writers: [], about: 'the personal space of a member without a role' },
  { space: 'a/spaces/odd-role', writers: [], about: 'the personal space of a member with an unknown role' },
  { space: 'a/spaces/removed', writers: [], about: '[16] the personal space of a removed member' },
  { space: 'a/spaces/odd-kind', writers: [], about: 'a space of an unknown kind' },
  { space: 'a/spaces/kindless', writers: [], about: 'a space without a kind' },
  { space: 'a/spaces/undocumented', writers: [], about: 'a space without a document, of no member' },
  {
    space: 'a/spaces/open',
    writers: ['alice', 'viewer', 'editor', 'admin', 'owner'],
    about: 'a shared space that was granted to a viewer',
  },
  {
    space: 'ab/spaces/team',
    writers: ['outsider'],
    about: '[17] a shared space of the tenant whose id begins with this one’s',
  },
  { space: 'ghost/spaces/team', writers: [], about: '[18] a space of a tenant that does not exist' },
];
