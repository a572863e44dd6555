/** Several operations in one call, over any `MemoryManager`. */
import type { BatchValue } from '../contract/types.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { BatchOutcome, BatchStep, MemoryManager } from './memory-manager.ts';

/**
 * Carries out the steps, see `MemoryManager.batch`. Each has a time of its own, later than that of the step before,
 * as two calls would: what they create is told apart by it, such as the turns of a session.
 */
export async function runBatch(
  manager: Omit<MemoryManager, 'batch'>,
  steps: readonly BatchStep[],
  call: CallContext,
): Promise<BatchOutcome[]> {
  const began = performance.now();
  const outcomes: BatchOutcome[] = [];
  let { now } = call;
  for (const step of steps) {
    const outcome = await run(manager, step, { ...call, now }).then(
      (value): BatchOutcome => ({ ok: true, value }),
      (error: unknown): BatchOutcome => ({ ok: false, error }),
    );
    outcomes.push(outcome);
    now = Math.max(now + 1, call.now + Math.floor(performance.now() - began));
  }
  return outcomes;
}

async function run(
  manager: Omit<MemoryManager, 'batch'>,
  step: BatchStep,
  call: CallContext,
): Promise<BatchValue> {
  const [space] = step.spaces;
  switch (step.op) {
    case 'add':
      return manager.add(space, step.request, call);
    case 'get':
      return { memory: await manager.get(space, step.request.id, call) };
    case 'list':
      return manager.list(space, step.request, call);
    case 'search':
      return manager.search(step.spaces, step.request, call);
    case 'update':
      return manager.update(space, step.request, call);
    case 'delete':
      return manager.delete(space, step.request, call);
    case 'purge':
      return manager.purge(space, step.request, call);
    case 'history':
      return manager.history(space, step.request, call);
    case 'restore':
      return manager.restore(space, step.request, call);
  }
}
