import assert from 'node:assert/strict';
import fc from 'fast-check';
import { STATS_SHARDS } from '../../../functions/src/config.ts';
import {
  type Counted,
  countedAs,
  isZero,
  type StatsDelta,
  statsDelta,
  statsGap,
  statsShard,
} from '../../../functions/src/core/stats.ts';
import { anyMemory, memoryOf } from './sample.ts';

const counted: fc.Arbitrary<Counted> = fc.oneof(
  anyMemory.map(countedAs),
  fc.record({
    bytes: fc.nat({ max: 1_000 }),
    kind: fc.constantFrom('fact', 'note', '__proto__'),
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', '__proto__', 'constructor')),
  }),
);
const several = fc.array(counted, { maxLength: 5 });

/** Counters as plain sums, zeros left out. */
function totals(of: readonly Counted[]) {
  const tally = (names: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  };
  return {
    count: of.length,
    bytes: of.reduce((sum, { bytes }) => sum + bytes, 0),
    byKind: tally(of.map(({ kind }) => kind)),
    byTag: tally(of.flatMap(({ tags }) => tags)),
  };
}

function added(a: StatsDelta, b: StatsDelta): StatsDelta {
  const sum = (left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>) => {
    const names = new Set([...left.keys(), ...right.keys()]);
    const sums = [...names].map((name) => [name, (left.get(name) ?? 0) + (right.get(name) ?? 0)] as const);
    return new Map(sums.filter(([, value]) => value !== 0));
  };
  return {
    count: a.count + b.count,
    bytes: a.bytes + b.bytes,
    byKind: sum(a.byKind, b.byKind),
    byTag: sum(a.byTag, b.byTag),
  };
}

describe('a change of the counters', () => {
  it('turns what was counted before into what is to be counted after', () => {
    fc.assert(
      fc.property(several, several, (before, after) => {
        assert.deepEqual(added(totals(before), statsDelta(before, after)), totals(after));
      }),
    );
  });

  it('adds up: by way of anything in between it is the same', () => {
    fc.assert(
      fc.property(several, several, several, (a, b, c) => {
        assert.deepEqual(added(statsDelta(a, b), statsDelta(b, c)), statsDelta(a, c));
      }),
    );
  });

  it('is zero iff nothing changes in what is counted', () => {
    fc.assert(
      fc.property(several, several, (a, b) => {
        assert.ok(isZero(statsDelta(a, [...a].reverse())));
        assert.equal(isZero(statsDelta(a, b)), isEqual(totals(a), totals(b)));
      }),
    );
  });

  it('is not zero where only the tag, the kind or the bytes differ', () => {
    const base = { bytes: 5, kind: 'fact', tags: ['a'] };
    for (const other of [
      { ...base, bytes: 6 },
      { ...base, kind: 'note' },
      { ...base, tags: ['b'] },
    ]) {
      assert.equal(isZero(statsDelta([base], [other])), false);
    }
  });

  it('leaves out the names whose count stays as it is', () => {
    const delta = statsDelta(
      [{ bytes: 5, kind: 'fact', tags: ['a', 'b'] }],
      [{ bytes: 7, kind: 'fact', tags: ['b', 'c'] }],
    );
    assert.deepEqual(delta, {
      count: 0,
      bytes: 2,
      byKind: new Map(),
      byTag: new Map([
        ['a', -1],
        ['c', 1],
      ]),
    });
  });
});

describe('what a memory is counted as', () => {
  it('is its bytes of UTF-8, text and metadata', () => {
    const memory = memoryOf({ text: 'caf\u00e9 \u{1f408}', metadata: { a: '\u00e9' }, tags: ['x'] });
    assert.deepEqual(countedAs(memory), { bytes: 10 + 10, kind: 'fact', tags: ['x'] });
  });

  it('does not depend on the order of the keys in its metadata', () => {
    const bytes = (metadata: Record<string, number>) => countedAs(memoryOf({ metadata })).bytes;
    assert.equal(bytes({ a: 1, bc: 22 }), bytes({ bc: 22, a: 1 }));
  });
});

describe('the shard of a memory', () => {
  it('is always the same one of 16, and each gets its share', () => {
    const counts = new Map<string, number>();
    for (let place = 0; place < 4_000; place += 1) {
      const shard = statsShard(`memory-${place}`);
      assert.equal(statsShard(`memory-${place}`), shard);
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    const names = Array.from({ length: STATS_SHARDS }, (_, place) => String(place));
    assert.deepEqual([...counts.keys()].sort(), names.sort());
    for (const count of counts.values()) assert.ok(count > 150 && count < 350, String(count));
  });
});

function isEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

describe('the gap between counters', () => {
  it('is what has to be added to those that are to become the others, for all of them', () => {
    fc.assert(
      fc.property(several, several, (present, wanted) => {
        const [from, to] = [statsDelta([], present), statsDelta([], wanted)];
        assert.deepEqual(plain(statsGap(to, from)), plain(statsDelta(present, wanted)));
        assert.equal(isZero(statsGap(to, to)), true);
      }),
    );
  });
});

function plain({ count, bytes, byKind, byTag }: StatsDelta) {
  return { count, bytes, byKind: [...byKind].sort(), byTag: [...byTag].sort() };
}
