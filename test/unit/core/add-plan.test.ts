import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MemoryInput } from '../../../functions/src/contract/types.ts';
import { type Found, planAdd, refuseRepeatedIds } from '../../../functions/src/core/add-plan.ts';
import { createMemory, type MemoryRecord, toIso } from '../../../functions/src/core/memory.ts';
import { OperationError, ValidationError } from '../../../functions/src/errors.ts';
import { NOW } from './sample.ts';

const BIRTH = { tenant: 'acme', space: 'ann', actor: 'ann', now: NOW };
const NOTHING: Found = { byId: new Map(), past: new Map() };

function stored(id: string, input: MemoryInput, version = 1): MemoryRecord {
  return createMemory(input, { ...BIRTH, now: NOW - 1_000_000, id, version, place: 0 });
}

function found(...records: readonly MemoryRecord[]): Found {
  return { ...NOTHING, byId: new Map(records.map((record) => [record.memory.id, record])) };
}

function plan(inputs: readonly MemoryInput[], there: Found = NOTHING, dedupe: 'exact' | 'off' = 'exact') {
  const additions = inputs.map((input, place) => ({ input, id: input.id ?? `new-${place}` }));
  return planAdd(additions, there, dedupe, BIRTH);
}

function takenBy(work: () => unknown): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof OperationError);
    assert.equal(error.code, 'already-exists');
    assert.equal(error.details.reason, 'id-taken');
    return true;
  });
}

describe('an add', () => {
  it('creates what is not there, in the order of the request', () => {
    const { created, results } = plan([{ text: 'a' }, { text: 'b', id: 'own' }]);
    assert.deepEqual(results, [
      { id: 'new-0', version: 1, outcome: 'created' },
      { id: 'own', version: 1, outcome: 'created' },
    ]);
    assert.deepEqual(
      created.map(({ memory, seq }) => [memory.id, memory.text, seq]),
      [
        ['new-0', 'a', NOW * 1_000],
        ['own', 'b', NOW * 1_000 + 1],
      ],
    );
  });

  it('names the memory that is there already, whatever id was asked for', () => {
    const there = found(stored('old', { text: 'The  cat' }, 4));
    const { created, results } = plan(
      [{ text: ' The cat ' }, { text: 'the cat' }, { id: 'x', text: 'The cat' }],
      there,
    );
    assert.deepEqual(results, [
      { id: 'old', version: 4, outcome: 'duplicate' },
      { id: 'new-1', version: 1, outcome: 'created' },
      { id: 'old', version: 4, outcome: 'duplicate' },
    ]);
    assert.equal(created.length, 1);
  });

  it('tells a duplicate within the request', () => {
    const { created, results } = plan([{ text: 'a' }, { text: 'b' }, { text: 'a ' }]);
    assert.deepEqual(results[2], { id: 'new-0', version: 1, outcome: 'duplicate' });
    assert.equal(created.length, 2);
  });

  it('creates duplicates where they are wanted', () => {
    const { results } = plan([{ text: 'a' }, { text: 'a' }], found(stored('old', { text: 'a' })), 'off');
    assert.deepEqual(
      results.map(({ id, outcome }) => [id, outcome]),
      [
        ['new-0', 'created'],
        ['new-1', 'created'],
      ],
    );
  });

  it('never overwrites: an id that is taken by another content is refused', () => {
    const there = found(stored('own', { text: 'mine' }));
    takenBy(() => plan([{ text: 'a' }, { id: 'own', text: 'yours' }], there));
    takenBy(() => plan([{ id: 'own', text: 'mine' }], there, 'off'));
    assert.equal(plan([{ id: 'own', text: 'mine' }], there).results[0]?.outcome, 'duplicate');
  });

  it('takes no account of an expired memory, but goes on with its version', () => {
    const expired = stored('own', { text: 'a', expiresAt: toIso(NOW) }, 6);
    const { created, results } = plan([{ id: 'own', text: 'b' }, { text: 'a' }], found(expired));
    assert.deepEqual(results, [
      { id: 'own', version: 7, outcome: 'created' },
      { id: 'new-1', version: 1, outcome: 'created' },
    ]);
    assert.equal(created[0]?.memory.version, 7);
    const living = stored('own', { text: 'a', expiresAt: toIso(NOW + 1) }, 6);
    takenBy(() => plan([{ id: 'own', text: 'b' }], found(living)));
  });

  it('goes on with the history of a deleted memory', () => {
    const there = { ...NOTHING, past: new Map([['own', { version: 3, firstVersion: 2 }]]) };
    const { created, lapsed, results } = plan([{ id: 'own', text: 'a' }], there);
    assert.deepEqual(results, [{ id: 'own', version: 4, outcome: 'created' }]);
    assert.deepEqual([created[0]?.firstVersion, lapsed], [2, []]);
  });

  it('begins a life of its own where the past of its id is over', () => {
    const over = { ...NOTHING, past: new Map([['own', { version: 3, firstVersion: 4 }]]) };
    assert.equal(plan([{ id: 'own', text: 'a' }], over).created[0]?.firstVersion, 4);
    const expired = stored('own', { text: 'a', expiresAt: toIso(NOW) }, 6);
    const { created, lapsed } = plan([{ id: 'own', text: 'b' }, { text: 'a' }], found(expired));
    assert.deepEqual(
      created.map(({ firstVersion }) => firstVersion),
      [7, undefined],
    );
    assert.deepEqual(lapsed, [expired]);
  });

  it('leaves as many contents as there are, for any request and any memories that are there', () => {
    const input = fc.record({
      text: fc.constantFrom('a', 'b', ' a', 'c'),
      kind: fc.constantFrom('fact', 'note'),
    });
    const inputs = fc.array(input, { maxLength: 8 });
    fc.assert(
      fc.property(inputs, inputs, (before, asked) => {
        const content = ({ text, kind = 'fact' }: Pick<MemoryInput, 'text' | 'kind'>) =>
          `${text.trim()}|${kind}`;
        const there = found(...before.map((each, place) => stored(`old-${place}`, each)));
        const { created, results } = plan(asked, there);
        const old = new Set(before.map(content));
        const fresh = new Set(asked.map(content).filter((each) => !old.has(each)));
        assert.equal(created.length, fresh.size);
        assert.equal(results.length, asked.length);
        for (const [place, result] of results.entries()) {
          const { memory } = [...there.byId.values(), ...created].find(
            (each) => each.memory.id === result.id,
          )!;
          assert.equal(content(memory), content(asked[place]!));
          assert.equal(result.version, memory.version);
        }
      }),
    );
  });
});

describe('ids in one request', () => {
  it('may not be repeated', () => {
    const inputs = [{ text: 'a', id: 'x' }, { text: 'b' }, { text: 'c', id: 'x' }, { text: 'd', id: 'x' }];
    assert.throws(
      () => refuseRepeatedIds(inputs, 'memories'),
      (error) => {
        assert.ok(error instanceof ValidationError);
        assert.deepEqual(error.details.issues, [
          { path: 'memories.2.id', code: 'repeated_id' },
          { path: 'memories.3.id', code: 'repeated_id' },
        ]);
        return true;
      },
    );
  });

  it('may be left out as often as one likes, and be as like as x and X', () => {
    refuseRepeatedIds(
      [{ text: 'a' }, { text: 'a' }, { text: 'a', id: 'x' }, { text: 'a', id: 'X' }],
      'memories',
    );
  });
});
