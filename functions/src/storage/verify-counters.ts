/** The last steps of a walk over a space: its counters. */
import { addTallies, tallyOf } from '../core/difference.ts';
import { beginCount, countOn, isStray, isTooOld, makeSound, mendCounters } from './count-space.ts';
import { refuseDeletedSpace } from './deleted-space.ts';
import type { StepEnd, Walk, WalkPosition, WalkStep } from './walk.ts';

/** Prepares the next step: it begins a count, goes on with it, or mends what it has found. */
export async function countersStep(walk: Walk, position: WalkPosition): Promise<StepEnd> {
  const { counting } = position;
  if (counting !== null && !isTooOld(counting, walk.now()))
    return countingStep(walk, { ...position, counting });
  const begun = await beginCount(walk.paths, position.shards);
  if (walk.mends && begun.unsound.length > 0) return soundingStep(walk, position, begun.unsound);
  const strays = begun.unsound.filter(isStray).map(({ id }) => id);
  const unsound = [...new Set([...position.unsound, ...strays])];
  return countingStep(walk, { ...position, unsound, counting: begun.counting });
}

type Unsound = Awaited<ReturnType<typeof beginCount>>['unsound'];

/** Makes counters sound that nobody can read: only then the difference to them stays what it is. */
function soundingStep({ paths }: Walk, position: WalkPosition, documents: Unsound): StepEnd {
  const unsound = [...new Set([...position.unsound, ...documents.map(({ id }) => id)])];
  const step: WalkStep = { position: { ...position, counting: null, unsound }, looked: 0, isLast: false };
  return {
    mend: async (reads) => {
      const [present] = await Promise.all([
        reads.documents(documents.map(({ ref }) => ref)),
        refuseDeletedSpace(reads, paths),
      ]);
      return (transaction) => {
        makeSound(transaction, present);
        return step;
      };
    },
  };
}

type Counted = WalkPosition & { readonly counting: NonNullable<WalkPosition['counting']> };

async function countingStep(walk: Walk, position: Counted): Promise<StepEnd> {
  const { database, paths, mends, signal } = walk;
  const part = await countOn(database, paths, position.counting, signal);
  if ('counting' in part)
    return { done: { position: { ...position, counting: part.counting }, looked: 0, isLast: false } };
  const { wrong, rest } = part;
  const names = new Set([...position.unsound, ...wrong.map(({ document }) => document.id)]);
  const found = [...names].map(() => 'wrong-counters' as const);
  const end = (isMended: boolean): WalkStep => {
    const tally = addTallies(position.tally, tallyOf(found, isMended));
    const next = { ...position, tally, counting: null, unsound: [], shards: rest ?? position.shards };
    return { position: next, looked: 0, isLast: rest === null };
  };
  if (!mends || wrong.length === 0) return { done: end(mends) };
  const again: WalkStep = { position: { ...position, counting: null }, looked: 0, isLast: false };
  return {
    mend: async (reads) => {
      const [present] = await Promise.all([
        reads.documents(wrong.map(({ document }) => document.ref)),
        refuseDeletedSpace(reads, paths),
      ]);
      return (transaction) => (mendCounters(transaction, wrong, present) ? end(true) : again);
    },
  };
}
