import assert from 'node:assert/strict';
import { Circuit } from '../../../functions/src/search/circuit.ts';

const REST_MS = 1_000;
const outage = new Error('down');
const refusal = new Error('refused');

/** A circuit with a clock that is set by hand, and what the service behind it does. */
function scene() {
  const state = { now: 0, calls: 0 };
  const isOutage = (error: unknown) => error === outage;
  const circuit = new Circuit({ restMs: REST_MS, isOutage, refusal: () => refusal, now: () => state.now });
  const works = () =>
    circuit.run(async () => {
      state.calls += 1;
      return 'done';
    });
  const fails = (error: Error = outage, signal?: AbortSignal) =>
    circuit.run(async () => {
      state.calls += 1;
      throw error;
    }, signal);
  return { state, circuit, works, fails };
}

describe('a circuit', () => {
  it('lets all calls through while none fails', async () => {
    const { works } = scene();
    assert.deepEqual(await Promise.all([works(), works()]), ['done', 'done']);
  });

  it('makes no call for a while after an outage, and then makes them again', async () => {
    const { state, works, fails } = scene();
    await assert.rejects(fails(), outage);
    state.now = REST_MS - 1;
    await assert.rejects(works(), refusal);
    assert.equal(state.calls, 1);
    state.now = REST_MS;
    assert.equal(await works(), 'done');
    assert.equal(await works(), 'done');
  });

  it('tries with one call, refuses those beside it, and rests again if that fails', async () => {
    const { state, circuit, works, fails } = scene();
    await assert.rejects(fails(), outage);
    state.now = REST_MS;
    const probe = Promise.withResolvers<string>();
    const probing = circuit.run(() => probe.promise);
    await assert.rejects(works(), refusal);
    probe.reject(outage);
    await assert.rejects(probing, outage);
    state.now = 2 * REST_MS - 1;
    await assert.rejects(works(), refusal);
    state.now = 2 * REST_MS;
    assert.equal(await works(), 'done');
  });

  it('is closed by another failure, as the service is there', async () => {
    const { state, works, fails } = scene();
    await assert.rejects(fails(), outage);
    state.now = REST_MS;
    await assert.rejects(fails(new Error('wrong key')), /wrong key/);
    assert.equal(await works(), 'done');
  });

  it('is neither opened nor closed by a caller who went away', async () => {
    const { state, works, fails } = scene();
    await assert.rejects(fails(new Error('gone'), AbortSignal.abort()), /gone/);
    assert.equal(await works(), 'done');
    await assert.rejects(fails(), outage);
    state.now = REST_MS;
    await assert.rejects(fails(new Error('gone'), AbortSignal.abort()), /gone/);
    await assert.rejects(fails(), outage);
    await assert.rejects(works(), refusal);
  });
});
