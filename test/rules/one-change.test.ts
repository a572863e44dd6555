/** Twins: a denied read and the same read after the server has changed one thing, and only that. */
import { strict as assert } from 'node:assert';
import {
  deleteDoc,
  deleteField,
  doc,
  type Firestore,
  setDoc,
  Timestamp,
  updateDoc,
} from 'firebase/firestore';
import { openRulesEnvironment, type RulesEnvironment } from '../support/rules-environment.ts';
import { documentAttempts, outcomeOf, queryAttempts, queryOf } from './attempt.ts';
import { queue } from './commands.ts';
import { type Actor, databaseOf, memory, seed } from './world.ts';

const MEMBERS = 'tenants/a/members';
const SPACES = 'tenants/a/spaces';
const HOUR_MS = 3_600_000;

/** The change that the server makes, in the words that follow "is denied until" or "is allowed until". */
interface Change {
  until: string;
  actor: Actor;
  read: (db: Firestore) => Promise<unknown>;
  change: (server: Firestore) => Promise<unknown>;
}

const get = (path: string) => (db: Firestore) => documentAttempts.get(db, path);
const list = (path: string, equal?: readonly [string, string]) => (db: Firestore) =>
  queryAttempts.list(queryOf(db, path, equal));
const update = (path: string, changes: object) => (server: Firestore) =>
  updateDoc(doc(server, path), { ...changes });
const set = (path: string, data: object) => (server: Firestore) => setDoc(doc(server, path), { ...data });
const remove = (path: string) => (server: Firestore) => deleteDoc(doc(server, path));

const team = `${SPACES}/team/memories`;
const active = { role: 'viewer', status: 'active' };
const granted = `${SPACES}/editor/memories`;

const enqueue = (space: string, author: Actor) => (db: Firestore) => queue(db, `a/spaces/${space}`, author);

const DENIED: readonly Change[] = [
  {
    until: 'the memory that was staged is committed',
    actor: 'viewer',
    read: get(`${team}/staged`),
    change: update(`${team}/staged`, { staged: deleteField() }),
  },
  {
    until: 'a memory with a field of that name says when it was created, as nothing staged does',
    actor: 'viewer',
    read: get(`${team}/staged`),
    change: update(`${team}/staged`, { createdAt: 'then' }),
  },
  {
    until: 'the viewer who queues a command is an editor',
    actor: 'viewer',
    read: enqueue('team', 'viewer'),
    change: update(`${MEMBERS}/viewer`, { role: 'editor' }),
  },
  {
    until: 'the viewer who queues a command is granted to write the shared space',
    actor: 'viewer',
    read: enqueue('team', 'viewer'),
    change: update(`${SPACES}/team`, { grants: { viewer: 'write' } }),
  },
  {
    until: 'the grantee who queues a command may not only read',
    actor: 'viewer',
    read: enqueue('editor', 'viewer'),
    change: update(`${SPACES}/editor`, { 'grants.viewer': 'write' }),
  },
  {
    until: 'a stranger becomes a member',
    actor: 'stranger',
    read: list(team),
    change: set(`${MEMBERS}/stranger`, active),
  },
  {
    until: 'an anonymous user becomes a member',
    actor: 'anonymous',
    read: list(team),
    change: set(`${MEMBERS}/anonymous`, active),
  },
  {
    until: 'the suspended member is active again',
    actor: 'suspended',
    read: list(team),
    change: update(`${MEMBERS}/suspended`, { status: 'active' }),
  },
  {
    until: 'the suspended member, who reads the own member document, is active again',
    actor: 'suspended',
    read: get(`${MEMBERS}/suspended`),
    change: update(`${MEMBERS}/suspended`, { status: 'active' }),
  },
  {
    until: 'the member has a status',
    actor: 'statusless',
    read: list(team),
    change: update(`${MEMBERS}/statusless`, { status: 'active' }),
  },
  {
    until: 'the member has a role',
    actor: 'roleless',
    read: list(team),
    change: update(`${MEMBERS}/roleless`, { role: 'viewer' }),
  },
  {
    until: 'the member’s role is a known one',
    actor: 'odd-role',
    read: list(team),
    change: update(`${MEMBERS}/odd-role`, { role: 'viewer' }),
  },
  {
    until: 'the editor who lists members is an admin',
    actor: 'editor',
    read: list(MEMBERS),
    change: update(`${MEMBERS}/editor`, { role: 'admin' }),
  },
  {
    until: 'the personal space is granted to the admin for reading',
    actor: 'admin',
    read: list(granted),
    change: update(`${SPACES}/editor`, { 'grants.admin': 'read' }),
  },
  {
    until: 'the personal space has a document that grants it',
    actor: 'viewer',
    read: list(`${SPACES}/owner/memories`),
    change: set(`${SPACES}/owner`, { kind: 'personal', grants: { viewer: 'read' } }),
  },
  {
    until: 'the grantee becomes a member',
    actor: 'stranger',
    read: list(granted),
    change: set(`${MEMBERS}/stranger`, active),
  },
  {
    until: '[16] the owner who granted it is active again',
    actor: 'viewer',
    read: list(`${SPACES}/suspended/memories`),
    change: update(`${MEMBERS}/suspended`, { status: 'active' }),
  },
  {
    until: 'the granted space is known to be personal',
    actor: 'bob',
    read: list(`${SPACES}/alice/memories`),
    change: set(`${SPACES}/alice`, { kind: 'personal', grants: { bob: 'write' } }),
  },
  {
    until: 'the space is shared',
    actor: 'viewer',
    read: list(`${SPACES}/odd-kind/memories`),
    change: update(`${SPACES}/odd-kind`, { kind: 'shared' }),
  },
  {
    until: 'the space has a document that says it is shared',
    actor: 'viewer',
    read: list(`${SPACES}/undocumented/memories`),
    change: set(`${SPACES}/undocumented`, { kind: 'shared' }),
  },
  {
    until: 'the memory never expires',
    actor: 'viewer',
    read: get(`${team}/expired`),
    change: update(`${team}/expired`, { expiresAt: null }),
  },
  {
    until: 'the memory expires later',
    actor: 'viewer',
    read: get(`${team}/expired`),
    change: update(`${team}/expired`, { expiresAt: Timestamp.fromMillis(Date.now() + HOUR_MS) }),
  },
  {
    until: 'there is such a memory',
    actor: 'viewer',
    read: get(`${team}/new`),
    change: set(`${team}/new`, memory('a', 'team')),
  },
];

const ALLOWED: readonly Change[] = [
  {
    until: '[16] the member who queues a command is removed',
    actor: 'alice',
    read: enqueue('alice', 'alice'),
    change: update(`${MEMBERS}/alice`, { status: 'removed' }),
  },
  {
    until: '[16] the owner who granted it to who queues a command is removed',
    actor: 'bob',
    read: enqueue('editor', 'bob'),
    change: update(`${MEMBERS}/editor`, { status: 'removed' }),
  },
  {
    until: 'the author of the command may not read the space any more',
    actor: 'bob',
    read: list(`${SPACES}/editor/inbox`, ['createdBy', 'bob']),
    change: update(`${SPACES}/editor`, { 'grants.bob': deleteField() }),
  },
  {
    until: '[16] the member is removed',
    actor: 'viewer',
    read: list(team),
    change: remove(`${MEMBERS}/viewer`),
  },
  {
    until: '[16] the member, who reads the own space, is removed',
    actor: 'alice',
    read: list(`${SPACES}/alice/memories`),
    change: remove(`${MEMBERS}/alice`),
  },
  {
    until: '[16] the member is removed as the service does it',
    actor: 'viewer',
    read: list(team),
    change: update(`${MEMBERS}/viewer`, { status: 'removed' }),
  },
  {
    until: 'the grant is taken away',
    actor: 'viewer',
    read: list(granted),
    change: update(`${SPACES}/editor`, { 'grants.viewer': deleteField() }),
  },
  {
    until: '[16] the grantee is removed',
    actor: 'viewer',
    read: list(granted),
    change: update(`${MEMBERS}/viewer`, { status: 'removed' }),
  },
  {
    until: '[16] the owner who granted it is removed',
    actor: 'viewer',
    read: list(granted),
    change: update(`${MEMBERS}/editor`, { status: 'removed' }),
  },
  {
    until: 'the owner who granted it has no member document',
    actor: 'viewer',
    read: list(granted),
    change: remove(`${MEMBERS}/editor`),
  },
  {
    until: 'the granted space is of an unknown kind',
    actor: 'viewer',
    read: list(granted),
    change: update(`${SPACES}/editor`, { kind: 'Personal' }),
  },
  {
    until: '[16] the member is suspended',
    actor: 'viewer',
    read: list(`${SPACES}`, ['kind', 'shared']),
    change: update(`${MEMBERS}/viewer`, { status: 'suspended' }),
  },
  {
    until: 'the status is written in another case',
    actor: 'viewer',
    read: list(team),
    change: update(`${MEMBERS}/viewer`, { status: 'Active' }),
  },
  {
    until: 'the admin who lists members is an editor',
    actor: 'admin',
    read: list(MEMBERS),
    change: update(`${MEMBERS}/admin`, { role: 'editor' }),
  },
  {
    until: 'the shared space is gone',
    actor: 'viewer',
    read: list(team),
    change: remove(`${SPACES}/team`),
  },
  {
    until: 'someone becomes a member whose uid is the id of the shared space',
    actor: 'viewer',
    read: list(team),
    change: set(`${MEMBERS}/team`, active),
  },
  {
    until: 'the memory has expired',
    actor: 'viewer',
    read: get(`${team}/expiring`),
    change: update(`${team}/expiring`, { expiresAt: Timestamp.fromMillis(Date.now() - 1) }),
  },
  {
    until: 'the memory does not say when it expires',
    actor: 'viewer',
    read: get(`${team}/m1`),
    change: update(`${team}/m1`, { expiresAt: deleteField() }),
  },
  {
    until: 'the memory says in text when it expires',
    actor: 'viewer',
    read: get(`${team}/m1`),
    change: update(`${team}/m1`, { expiresAt: '9999-12-31T23:59:59.000Z' }),
  },
];

describe('One change decides: a read or a command', () => {
  let environment: RulesEnvironment;
  before(async () => {
    environment = await openRulesEnvironment('demo-firememory-rules-changes');
  });
  beforeEach(() => seed(environment));
  after(() => environment.close());

  const outcomes = [
    ['denied', DENIED],
    ['allowed', ALLOWED],
  ] as const;
  for (const [before, changes] of outcomes) {
    for (const { until, actor, read, change } of changes) {
      it(`is ${before} until ${until}`, async () => {
        const db = databaseOf(environment, actor);
        assert.equal((await outcomeOf(read(db))).allowed, before === 'allowed');
        await environment.asServer(change);
        assert.equal((await outcomeOf(read(db))).allowed, before === 'denied');
      });
    }
  }
});
