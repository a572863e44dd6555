import assert from 'node:assert/strict';
import { RETRY } from '../../../functions/src/config.ts';
import { OperationError } from '../../../functions/src/errors.ts';
import { BaseStorageManager } from '../../../functions/src/storage/base-storage-manager.ts';
import { openDatabase } from '../../../functions/src/storage/database.ts';
import type { Pauses } from '../../../functions/src/storage/retry.ts';
import { failsWith } from '../../support/fails-with.ts';
import { NOW } from '../core/sample.ts';

/** gRPC status numbers. */
const STATUS = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
};

const SAFE = 'memory.get';
const UNSAFE = 'probe.try';

/** A storage class whose chance is `random`, and whose pauses are noted and take no time. */
class Probe extends BaseStorageManager {
  readonly paused: number[] = [];
  readonly codes: string[] = [];
  tries = 0;

  constructor(random = 0.5, wait: Pauses['wait'] = async () => undefined) {
    const paused: number[] = [];
    const codes: string[] = [];
    const pauses: Pauses = {
      random: () => random,
      wait: (milliseconds, signal) => {
        paused.push(milliseconds);
        return wait(milliseconds, signal);
      },
    };
    const log = { ended: ({ code }: { code: string }) => codes.push(code), failed: () => undefined };
    super(openDatabase('(default)'), 'acme', log, pauses);
    this.paused = paused;
    this.codes = codes;
  }

  /** Runs an operation that fails with these, one after another, and then succeeds. */
  attempt(
    operation: string,
    failures: readonly unknown[],
    bounds: { deadline?: number; signal?: AbortSignal } = {},
  ): Promise<string> {
    const scene = { operation, collection: 'memories' } as const;
    return this.run(scene, { actor: 'ann', now: NOW, ...bounds }, async () => {
      const failure = failures[this.tries];
      this.tries += 1;
      if (failure !== undefined) throw failure;
      return 'done';
    });
  }
}

function firestoreError(code: number, message = 'from Firestore'): Error {
  return Object.assign(new Error(message), { code });
}

const unavailable = firestoreError(STATUS.UNAVAILABLE);
const isUnavailable = failsWith('unavailable', 'unavailable');

describe('an operation that is safe to repeat', () => {
  const passing = [STATUS.UNAVAILABLE, STATUS.RESOURCE_EXHAUSTED, STATUS.ABORTED, STATUS.INTERNAL];
  for (const status of passing) {
    it(`survives status ${status} twice, and is told once`, async () => {
      const probe = new Probe();
      const failure = firestoreError(status);
      assert.equal(await probe.attempt(SAFE, [failure, failure]), 'done');
      assert.deepEqual([probe.tries, probe.codes], [3, ['ok']]);
    });
  }

  it('is tried three times in all', async () => {
    const probe = new Probe();
    const failures = new Array<Error>(9).fill(unavailable);
    await assert.rejects(probe.attempt(SAFE, failures), isUnavailable);
    assert.deepEqual([probe.tries, probe.codes], [RETRY.MAX_TRIES, ['unavailable']]);
  });

  const lasting: [string, unknown][] = [
    ['Firestore was too slow', firestoreError(STATUS.DEADLINE_EXCEEDED)],
    ['it was denied', firestoreError(STATUS.PERMISSION_DENIED)],
    ['the version is another', new OperationError('aborted', 'm', { reason: 'version-mismatch' })],
    ['nobody foresaw the error', new Error('x')],
  ];
  for (const [name, failure] of lasting) {
    it(`is not tried again when ${name}`, async () => {
      const probe = new Probe();
      await assert.rejects(probe.attempt(SAFE, [failure]));
      assert.equal(probe.tries, 1);
    });
  }

  it('waits for a random part of a time that doubles', async () => {
    for (const random of [0, 0.5, 0.999]) {
      const probe = new Probe(random);
      await probe.attempt(SAFE, [unavailable, unavailable]);
      assert.deepEqual(probe.paused, [random * RETRY.BASE_MS, random * RETRY.BASE_MS * 2]);
      assert.ok(probe.paused.every((milliseconds) => milliseconds < RETRY.CAP_MS));
    }
  });

  it('is not tried again where the pause would not end before the deadline', async () => {
    const late = new Probe(0.999);
    const deadline = Date.now() + RETRY.BASE_MS / 2;
    await assert.rejects(late.attempt(SAFE, [unavailable], { deadline }), isUnavailable);
    assert.deepEqual([late.tries, late.paused], [1, []]);
    const early = new Probe(0);
    assert.equal(await early.attempt(SAFE, [unavailable], { deadline: Date.now() + 1_000 }), 'done');
  });

  it('ends in its pause when the caller is gone', async () => {
    const controller = new AbortController();
    const probe = new Probe(0.5, (_, signal) => {
      queueMicrotask(() => controller.abort());
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    });
    const attempt = probe.attempt(SAFE, [unavailable], { signal: controller.signal });
    await assert.rejects(attempt, failsWith('cancelled', 'cancelled'));
    assert.equal(probe.tries, 1);
  });
});

describe('an operation that nobody calls safe to repeat', () => {
  it('is tried again when nothing was applied for certain', async () => {
    const probe = new Probe();
    const ours = new OperationError(
      'aborted',
      'm',
      { reason: 'contention' },
      new Error('a vector is missing'),
    );
    assert.equal(await probe.attempt(UNSAFE, [firestoreError(STATUS.ABORTED), ours]), 'done');
  });

  const unknown = [
    unavailable,
    firestoreError(STATUS.INTERNAL),
    firestoreError(STATUS.RESOURCE_EXHAUSTED),
    firestoreError(STATUS.INVALID_ARGUMENT, 'The transaction was closed.'),
  ];
  for (const failure of unknown) {
    it(`is not repeated when it may have been applied: ${Object.values(failure)} ${failure.message}`, async () => {
      const probe = new Probe();
      await assert.rejects(probe.attempt(UNSAFE, [failure]));
      assert.deepEqual([probe.tries, probe.paused], [1, []]);
    });
  }
});
