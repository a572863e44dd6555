import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConnectionError, OperationError, StorageError } from '../../../functions/src/errors.ts';
import { BaseStorageManager, type CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import { openDatabase } from '../../../functions/src/storage/database.ts';
import type { OperationLog } from '../../../functions/src/storage/operation-log.ts';
import { NOW } from '../core/sample.ts';

type Ended = Parameters<OperationLog['ended']>[0];
type Failed = Parameters<OperationLog['failed']>[0];

/** The smallest storage class. */
class Probe extends BaseStorageManager {
  readonly ended: Ended[];
  readonly failed: Failed[];

  constructor(tenantId = 'acme') {
    const ended: Ended[] = [];
    const failed: Failed[] = [];
    const log = {
      ended: (record: Ended) => ended.push(record),
      failed: (record: Failed) => failed.push(record),
    };
    super(openDatabase('(default)'), tenantId, log);
    this.ended = ended;
    this.failed = failed;
  }

  attempt<T>(call: Partial<CallContext>, work: (call: CallContext) => Promise<T>): Promise<T> {
    return this.run(
      { operation: 'probe.try', collection: 'memories' },
      { actor: 'ann', now: NOW, ...call },
      work,
    );
  }

  get tenantPath(): string {
    return this.paths.tenant.path;
  }
}

/** Work that never ends by itself; the signal that it was given ends up in `seen`. */
function endless(seen: AbortSignal[] = []) {
  return ({ signal }: CallContext) => {
    if (signal) seen.push(signal);
    return new Promise<never>(() => undefined);
  };
}

/** Work that notes that it was started. */
function starter() {
  const started: CallContext[] = [];
  return { started, start: async (call: CallContext) => void started.push(call) };
}

async function failureOf(attempt: Promise<unknown>): Promise<StorageError> {
  const outcome = await attempt.then(
    () => assert.fail('did not fail'),
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof StorageError, String(outcome));
  return outcome;
}

function isDeadline(error: StorageError): void {
  assert.ok(error instanceof ConnectionError);
  assert.deepEqual(
    [error.code, error.details.reason, error.retryable],
    ['deadline-exceeded', 'deadline', true],
  );
  assert.deepEqual([error.details.operation, error.details.collection], ['probe.try', 'memories']);
}

function isCancelled(error: StorageError): void {
  assert.ok(error instanceof OperationError);
  assert.deepEqual([error.code, error.details.reason, error.retryable], ['cancelled', 'cancelled', false]);
  assert.deepEqual([error.details.operation, error.details.collection], ['probe.try', 'memories']);
}

describe('a storage operation', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);

  beforeEach(() => {
    unhandled.length = 0;
    process.prependListener('unhandledRejection', note);
  });

  afterEach(async () => {
    await nextTurn();
    await nextTurn();
    process.removeListener('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });

  it('returns what its work returns, and gives it the call', async () => {
    const probe = new Probe();
    const deadline = Date.now() + 5_000;
    const value = await probe.attempt({ deadline }, async (call) => {
      assert.deepEqual([call.actor, call.now, call.deadline], ['ann', NOW, deadline]);
      assert.equal(call.signal?.aborted, false);
      return 'done';
    });
    assert.equal(value, 'done');
    assert.equal(probe.tenantPath, 'tenants/acme');
  });

  it('does not start once it is aborted', async () => {
    const { started, start } = starter();
    const signal = AbortSignal.abort();
    const probe = new Probe();
    isCancelled(await failureOf(probe.attempt({ signal }, start)));
    assert.equal(started.length, 0);
  });

  it('does not start once its deadline has passed, even if that is now', async () => {
    const { started, start } = starter();
    for (const deadline of [0, Date.now() - 1, Date.now()]) {
      isDeadline(await failureOf(new Probe().attempt({ deadline }, start)));
    }
    assert.equal(started.length, 0);
  });

  it('ends when it is aborted, and so does its work', async () => {
    const controller = new AbortController();
    const seen: AbortSignal[] = [];
    const failure = failureOf(new Probe().attempt({ signal: controller.signal }, endless(seen)));
    assert.equal(seen[0]?.aborted, false);
    controller.abort(new Error('the caller left'));
    isCancelled(await failure);
    assert.equal(seen[0]?.aborted, true);
    assert.ok(seen[0]?.reason instanceof OperationError);
  });

  it('ends at its deadline, not before, and so does its work', async () => {
    const seen: AbortSignal[] = [];
    const deadline = Date.now() + 40;
    isDeadline(await failureOf(new Probe().attempt({ deadline }, endless(seen))));
    // A timer of Node may come a millisecond early.
    assert.ok(Date.now() >= deadline - 1);
    assert.ok(seen[0]?.aborted === true && seen[0].reason instanceof ConnectionError);
  });

  it('is not disturbed by an abort or a deadline after its end', async () => {
    const controller = new AbortController();
    const deadline = Date.now() + 20;
    const signals: AbortSignal[] = [];
    const probe = new Probe();
    await probe.attempt({ deadline, signal: controller.signal }, async ({ signal }) => {
      if (signal) signals.push(signal);
    });
    controller.abort();
    while (Date.now() <= deadline + 5) await nextTurn();
    assert.equal(signals[0]?.aborted, false);
    assert.equal(probe.ended.length, 1);
  });

  it('swallows what its work does after it has ended', async () => {
    const controller = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const probe = new Probe();
    const failure = failureOf(probe.attempt({ signal: controller.signal }, () => promise));
    controller.abort();
    isCancelled(await failure);
    reject(new Error('too late'));
    await nextTurn();
    assert.equal(probe.ended.length, 1);
  });

  it('leaves no listener on the signal of the caller, which may outlive it', async () => {
    const { signal } = new AbortController();
    const probe = new Probe();
    await probe.attempt({ signal }, async () => assert.equal(getEventListeners(signal, 'abort').length, 1));
    await failureOf(probe.attempt({ signal }, () => Promise.reject(new Error('x'))));
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('translates whatever its work throws, at once or later', async () => {
    const cause = Object.assign(new Error('no route'), { code: 14 });
    const works = [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ];
    for (const work of works) {
      const error = await failureOf(new Probe().attempt({}, work));
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'unavailable');
      assert.deepEqual(error.details, {
        reason: 'unavailable',
        operation: 'probe.try',
        collection: 'memories',
      });
      assert.equal(error.cause, cause);
    }
  });

  it('passes an error of our own through', async () => {
    const own = new OperationError('aborted', 'm', { reason: 'version-mismatch' });
    assert.equal(await failureOf(new Probe().attempt({}, () => Promise.reject(own))), own);
  });

  it('is told once, with its code and duration, and without naming tenant or member', async () => {
    const probe = new Probe('tenant-of-acme');
    await probe.attempt({}, async () => 'done');
    await failureOf(probe.attempt({ deadline: 0 }, async () => 'never'));
    assert.deepEqual(
      probe.ended.map(({ operation, code }) => [operation, code]),
      [
        ['probe.try', 'ok'],
        ['probe.try', 'deadline-exceeded'],
      ],
    );
    for (const record of probe.ended) {
      const keys = ['code', 'latencyMs', 'operation', 'reads', 'tenant', 'writes'];
      assert.deepEqual(Object.keys(record).sort(), keys);
      assert.match(record.tenant, /^[A-Za-z0-9_-]{12}$/);
      assert.ok(record.latencyMs >= 0);
    }
    assert.ok(!JSON.stringify(probe.ended).includes('acme'));
    assert.notEqual(probe.ended[0]?.tenant, (await toldBy('tenant-of-bob')).tenant);
    assert.equal(probe.ended[0]?.tenant, (await toldBy('tenant-of-acme')).tenant);
  });

  it('tells the cause of a failure that is not the caller’s doing, and of no other', async () => {
    const probe = new Probe();
    await failureOf(
      probe.attempt({}, () => Promise.reject(Object.assign(new Error('no route'), { code: 14 }))),
    );
    await failureOf(
      probe.attempt({}, () => Promise.reject(new OperationError('not-found', 'm', { reason: 'r' }))),
    );
    assert.equal(probe.failed.length, 1);
    assert.deepEqual([probe.failed[0]?.code, probe.failed[0]?.reason], ['unavailable', 'unavailable']);
    assert.match(probe.failed[0]?.cause ?? '', /no route/);
    assert.equal(probe.failed[0]?.tenant, probe.ended[0]?.tenant);
  });

  it('tells of a path in the cause which collections it goes through, and no id', async () => {
    const path =
      'projects/p/databases/(default)/documents/tenants/acme/spaces/ann-uid/memories/m-1/revisions/7';
    const probe = new Probe();
    const cause = Object.assign(new Error(`6 ALREADY_EXISTS: entity already exists: ${path}`), { code: 6 });
    await failureOf(probe.attempt({}, () => Promise.reject(cause)));
    const told = probe.failed[0]?.cause ?? '';
    assert.match(told, /ALREADY_EXISTS.*documents\/tenants\/…\/spaces\/…\/memories\/…\/revisions\/…/);
    assert.match(told, /base-storage-manager\.test\.ts/, 'the stack is there');
    for (const id of ['acme', 'ann-uid', 'm-1']) assert.ok(!told.includes(id), id);
  });

  it('tells nothing of what could not be read as JSON', async () => {
    const probe = new Probe();
    await failureOf(probe.attempt({}, async () => JSON.parse('{"text": my secret}')));
    assert.match(probe.failed[0]?.cause ?? '', /SyntaxError: …/);
    assert.ok(!probe.failed[0]?.cause.includes('secret'));
  });
});

async function toldBy(tenantId: string): Promise<Ended> {
  const probe = new Probe(tenantId);
  await probe.attempt({}, async () => undefined);
  return probe.ended[0]!;
}
