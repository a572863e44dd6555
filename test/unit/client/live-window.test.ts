import assert from 'node:assert/strict';
import type { Memory } from '../../../client/src/index.ts';
import { type Clock, LiveWindow } from '../../../client/src/live-window.ts';

const memory = (id: string, expiresAtMs: number | null): Memory => ({
  id,
  tenant: 'acme',
  space: 'ana',
  kind: 'fact',
  text: id,
  tags: [],
  metadata: {},
  importance: 0.5,
  occurredAt: new Date(0).toISOString(),
  createdAt: new Date(0).toISOString(),
  updatedAt: new Date(0).toISOString(),
  expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
  createdBy: 'ana',
  version: 1,
});

/** A clock that only moves when it is told to, with at most one timer, which is all that a window sets. */
class HeldClock implements Clock {
  time = 1_000;
  delay: number | null = null;
  #run: (() => void) | null = null;

  now(): number {
    return this.time;
  }

  after(milliseconds: number, run: () => void): () => void {
    assert.equal(this.#run, null, 'the timer before was not called off');
    this.delay = milliseconds;
    this.#run = run;
    return () => {
      this.#run = null;
      this.delay = null;
    };
  }

  fireAt(time: number): void {
    this.time = time;
    const run = this.#run;
    this.#run = null;
    this.delay = null;
    run?.();
  }
}

describe('LiveWindow', () => {
  let clock: HeldClock;
  let shown: string[][];
  let window: LiveWindow;
  beforeEach(() => {
    clock = new HeldClock();
    shown = [];
    window = new LiveWindow((memories) => shown.push(memories.map(({ id }) => id)), clock);
  });

  it('shows what does not expire and sets no timer for it', () => {
    window.show([memory('a', null), memory('b', null)]);
    assert.deepEqual(shown, [['a', 'b']]);
    assert.equal(clock.delay, null);
  });

  it('tells of an empty window too', () => {
    window.show([]);
    assert.deepEqual(shown, [[]]);
  });

  it('leaves out what has expired, at the very millisecond', () => {
    window.show([memory('gone', 999), memory('now', 1_000), memory('soon', 1_001)]);
    assert.deepEqual(shown, [['soon']]);
  });

  it('drops memories one after another as their time comes', () => {
    window.show([memory('late', 3_000), memory('stays', null), memory('early', 2_000)]);
    assert.equal(clock.delay, 1_000);
    clock.fireAt(2_000);
    assert.equal(clock.delay, 1_000);
    clock.fireAt(3_000);
    assert.deepEqual(shown, [['late', 'stays', 'early'], ['late', 'stays'], ['stays']]);
    assert.equal(clock.delay, null);
  });

  it('waits on when a timer fires early, and for longer than one timer can', () => {
    const century = 100 * 365 * 86_400_000;
    window.show([memory('a', century)]);
    assert.equal(clock.delay, 2_147_483_647);
    clock.fireAt(5_000);
    assert.deepEqual(shown, [['a']]);
    assert.equal(clock.delay, 2_147_483_647);
  });

  it('forgets the timer of what a newer snapshot no longer holds', () => {
    window.show([memory('a', 2_000)]);
    window.show([memory('b', null)]);
    assert.equal(clock.delay, null);
    assert.deepEqual(shown, [['a'], ['b']]);
  });

  it('says nothing more once it is closed', () => {
    window.show([memory('a', 2_000)]);
    window.close();
    assert.equal(clock.delay, null);
    window.show([memory('b', null)]);
    assert.deepEqual(shown, [['a']]);
  });

  it('leaves no timer behind when the listener closes it', () => {
    const closing: LiveWindow = new LiveWindow(() => closing.close(), clock);
    closing.show([memory('a', 2_000)]);
    assert.equal(clock.delay, null);
  });
});
