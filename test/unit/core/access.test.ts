import assert from 'node:assert/strict';
import type { MemberRole } from '../../../functions/src/contract/types.ts';
import {
  canSetRole,
  canUseSpace,
  hasRole,
  isMember,
  type SpaceFacts,
  type Standing,
} from '../../../functions/src/core/access.ts';

const ROLES: readonly MemberRole[] = ['viewer', 'editor', 'admin', 'owner'];

function standing(role: MemberRole, overrides: Partial<Standing> = {}): Standing {
  return { uid: 'ann', tenant: { status: 'active' }, member: { role, status: 'active' }, ...overrides };
}

const OWN: SpaceFacts = { id: 'ann', kind: null };
const OWN_STORED: SpaceFacts = { id: 'ann', kind: 'personal' };
const SHARED: SpaceFacts = { id: 'team', kind: 'shared' };
const FOREIGN: SpaceFacts = { id: 'bob', kind: null };
const FOREIGN_STORED: SpaceFacts = { id: 'bob', kind: 'personal' };
const MISSING: SpaceFacts = { id: 'nowhere', kind: null };
const UNKNOWN_KIND: SpaceFacts = { id: 'odd', kind: 'public' };

const NAMES: Record<string, string> = { r: 'reads', rw: 'reads and writes', '': 'gets nothing of' };

/** What each role may do where: r reads, w writes. */
const SPACES: readonly [title: string, space: SpaceFacts, allowed: Record<MemberRole, string>][] = [
  ['its own space', OWN, { viewer: 'r', editor: 'rw', admin: 'rw', owner: 'rw' }],
  ['its own space that has a document', OWN_STORED, { viewer: 'r', editor: 'rw', admin: 'rw', owner: 'rw' }],
  ['a shared space', SHARED, { viewer: 'r', editor: 'rw', admin: 'rw', owner: 'rw' }],
  ["another member's space", FOREIGN, { viewer: '', editor: '', admin: '', owner: '' }],
  [
    "another member's space that has a document",
    FOREIGN_STORED,
    { viewer: '', editor: '', admin: '', owner: '' },
  ],
  ['a space that is not there', MISSING, { viewer: '', editor: '', admin: '', owner: '' }],
  [
    'its own space while that is deleted',
    { id: 'ann', kind: 'deleting' },
    { viewer: '', editor: '', admin: '', owner: '' },
  ],
  ['a deleted space', { id: 'team', kind: 'deleted' }, { viewer: '', editor: '', admin: '', owner: '' }],
  ['a space of an unknown kind', UNKNOWN_KIND, { viewer: '', editor: '', admin: '', owner: '' }],
];

/** Standings that allow nothing, each of an owner but for one thing. */
const NOBODIES: readonly [title: string, standing: Standing][] = [
  ['without a tenant', standing('owner', { tenant: null })],
  ['of a suspended tenant', standing('owner', { tenant: { status: 'suspended' } })],
  ['of a tenant of unknown status', standing('owner', { tenant: { status: '' } })],
  ['who is no member', standing('owner', { member: null })],
  ['who is suspended', standing('owner', { member: { role: 'owner', status: 'suspended' } })],
  ['of unknown status', standing('owner', { member: { role: 'owner', status: 'ACTIVE' } })],
  ['of an unknown role', standing('root' as MemberRole)],
  ['of a role of the prototype', standing('constructor' as MemberRole)],
];

describe('a member', () => {
  for (const [title, space, allowed] of SPACES) {
    for (const role of ROLES) {
      it(`as ${role} ${NAMES[allowed[role]]} ${title}`, () => {
        assert.equal(canUseSpace(standing(role), space, 'read'), allowed[role].includes('r'));
        assert.equal(canUseSpace(standing(role), space, 'write'), allowed[role].includes('w'));
      });
    }
  }

  it('has its role and those below it', () => {
    for (const [rank, role] of ROLES.entries()) {
      for (const [wanted, other] of ROLES.entries()) {
        assert.equal(hasRole(standing(role), other), rank >= wanted, `${role} as ${other}`);
      }
    }
  });
});

describe('someone', () => {
  for (const [title, nobody] of NOBODIES) {
    it(`${title} may do nothing at all`, () => {
      for (const role of ROLES) assert.equal(hasRole(nobody, role), false);
      for (const [, space] of SPACES) {
        assert.equal(canUseSpace(nobody, space, 'read'), false);
        assert.equal(canUseSpace(nobody, space, 'write'), false);
      }
      for (const role of ROLES) {
        for (const present of [null, ...ROLES]) assert.equal(canSetRole(nobody, present, role), false);
      }
    });
  }

  it('is a member iff both tenant and membership are active', () => {
    for (const role of ROLES) assert.equal(isMember(standing(role)), true);
    for (const [, nobody] of NOBODIES.slice(0, 6)) assert.equal(isMember(nobody), false);
  });
});

describe('a role', () => {
  const present: readonly (MemberRole | null)[] = [null, ...ROLES];

  it('is given by an owner, whatever it is and was', () => {
    for (const was of present) for (const role of ROLES) assert.ok(canSetRole(standing('owner'), was, role));
  });

  it('is given by an admin unless it is or was that of an owner', () => {
    for (const was of present) {
      for (const role of ROLES) {
        assert.equal(
          canSetRole(standing('admin'), was, role),
          was !== 'owner' && role !== 'owner',
          `${was} ${role}`,
        );
      }
    }
  });

  it('is given by nobody else', () => {
    for (const was of present) {
      for (const role of ROLES) {
        assert.equal(canSetRole(standing('editor'), was, role), false);
        assert.equal(canSetRole(standing('viewer'), was, role), false);
      }
    }
  });
});
