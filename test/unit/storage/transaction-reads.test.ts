import assert from 'node:assert/strict';
import { TransactionReads, withReads } from '../../../functions/src/storage/transaction-reads.ts';

type Transaction = ConstructorParameters<typeof TransactionReads>[0];
type Reference = Parameters<TransactionReads['document']>[0];

const reference = (path: string) => ({ path }) as Reference;

/** A transaction that notes which documents each `getAll` asks for. */
function noted(fails = false): { readonly reads: TransactionReads; readonly asked: string[][] } {
  const asked: string[][] = [];
  const transaction = {
    async getAll(...references: Reference[]) {
      asked.push(references.map(({ path }) => path));
      if (fails) throw new Error('unavailable');
      return references.map((ref) => ({ ref }));
    },
  };
  return { reads: new TransactionReads(transaction as unknown as Transaction), asked };
}

describe('the reads of a transaction', () => {
  it('ask once for all the documents that are wanted in the same turn', async () => {
    const { reads, asked } = noted();
    const [one, others] = await Promise.all([
      reads.document(reference('a')),
      reads.documents([reference('b'), reference('c')]),
    ]);
    assert.deepEqual(asked, [['a', 'b', 'c']]);
    assert.deepEqual([one.ref.path, ...others.map(({ ref }) => ref.path)], ['a', 'b', 'c']);
  });

  it('ask for no document twice, and later ones by themselves', async () => {
    const { reads, asked } = noted();
    await reads.documents([reference('a'), reference('a')]);
    await reads.documents([reference('b'), reference('a')]);
    assert.deepEqual(asked, [['a'], ['b']]);
  });

  it('are waited for when the work fails, and none is begun any more', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const log: string[] = [];
    const transaction = {
      async getAll(...references: Reference[]) {
        log.push('asked');
        await promise;
        log.push('answered');
        return references.map((ref) => ({ ref }));
      },
    } as unknown as Transaction;
    let late: Promise<unknown> | undefined;
    const ended = withReads(transaction, async (reads) => {
      late = reads.document(reference('a')).then(() => reads.document(reference('b')));
      await Promise.resolve();
      throw new Error('refused');
    }).catch((error: Error) => log.push(error.message));
    setImmediate(resolve);
    await ended;
    assert.deepEqual(log, ['asked', 'answered', 'refused']);
    await assert.rejects(late ?? Promise.resolve(), /are over/);
    assert.deepEqual(log.length, 3);
  });

  it('do not ask at all where nothing is wanted', async () => {
    const { reads, asked } = noted();
    assert.deepEqual(await reads.documents([]), []);
    assert.deepEqual(asked, []);
  });

  it('fail each of the documents when the request fails', async () => {
    const { reads } = noted(true);
    const ends = await Promise.allSettled([reads.document(reference('a')), reads.document(reference('b'))]);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });
});
