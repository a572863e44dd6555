import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Billing, total } from '../../../benchmarks/cost/billing.ts';
import { growthOf, rowOf } from '../../../benchmarks/cost/report.ts';
import { word, zipfQuestion, zipfText } from '../../../benchmarks/cost/texts.ts';

const searched = (ms: number, documents: number) => ({
  ms,
  bill: { documents, scanned: 2, counted: 1 },
  metered: documents,
});

describe('the texts of bench:cost', () => {
  it('have words of their own, the same at each run', () => {
    assert.equal(new Set(Array.from({ length: 8_000 }, (_, rank) => word(rank))).size, 8_000);
    assert.equal(zipfText(5), zipfText(5));
    assert.equal(new Set(Array.from({ length: 500 }, (_, n) => zipfText(n))).size, 500);
    assert.notEqual(zipfQuestion(1, 100), zipfQuestion(2, 100));
  });

  it('have few words that are frequent, and many that are rare', () => {
    const counts = new Map<string, number>();
    const texts = Array.from({ length: 1_000 }, (_, n) => zipfText(n));
    for (const each of texts.flatMap((text) => [...new Set(text.split(' '))])) {
      counts.set(each, (counts.get(each) ?? 0) + 1);
    }
    const frequencies = [...counts.values()].sort((a, b) => b - a);
    assert.ok(frequencies[0]! > 500, `the most frequent word is in ${frequencies[0]} of 1,000`);
    const [first = 0, tenth = 0] = [counts.get(word(0)), counts.get(word(9))];
    assert.ok(first / tenth > 3, `${first} and ${tenth}`);
    const once = frequencies.filter((n) => n === 1).length;
    assert.ok(once / frequencies.length > 0.3, `${once} of ${frequencies.length} words are in one memory`);
  });
});

describe('the bill of bench:cost', () => {
  /** A database whose every request is answered by these messages. */
  async function billOf(method: string, request: unknown, messages: readonly unknown[], entries: number) {
    const database = { requestStream: async (..._: unknown[]) => new EventEmitter() };
    const billing = new Billing(database as never);
    billing.begin();
    const stream = await database.requestStream(method, false, request);
    for (const message of messages) stream.emit('data', message);
    stream.emit('end');
    return { billing, bill: billing.end(entries) };
  }
  const documents = (n: number) => Array.from({ length: n }, () => ({ document: {} }));

  it('has the documents, and one for a query without any', async () => {
    const query = { structuredQuery: {} };
    assert.equal(total((await billOf('runQuery', query, documents(3), 50)).bill), 3);
    assert.equal(total((await billOf('runQuery', query, [{ readTime: {} }], 50)).bill), 1);
    const lookup = [{ found: {} }, { missing: 'x' }];
    assert.equal(total((await billOf('batchGetDocuments', {}, lookup, 50)).bill), 2);
  });

  it('has one read for each hundred entries that a vector query scans, and knows the query', async () => {
    const structuredQuery = {
      select: { fields: [{ fieldPath: 'terms' }] },
      where: { fieldFilter: {} },
      findNearest: {
        limit: { value: 100 },
        distanceMeasure: 'DOT_PRODUCT',
        vectorField: { fieldPath: 'vector' },
        queryVector: {
          mapValue: {
            fields: { value: { arrayValue: { values: [{ doubleValue: 0.5 }, { integerValue: 1 }] } } },
          },
        },
      },
    };
    const { bill, billing } = await billOf('runQuery', { structuredQuery }, documents(100), 1_001);
    assert.deepEqual(bill, { documents: 100, scanned: 11, counted: 0 });
    assert.deepEqual(billing.sent(), {
      fields: ['terms'],
      limit: 100,
      vector: [0.5, 1],
      vectorField: 'vector',
      distanceMeasure: 'DOT_PRODUCT',
      where: '{"fieldFilter":{}}',
    });
  });

  it('has one read for each thousand entries that an aggregation counts', async () => {
    const counted = (n: number) => [{ result: { aggregateFields: { a: { integerValue: String(n) } } } }];
    const bill = async (n: number) => (await billOf('runAggregationQuery', {}, counted(n), 9)).bill.counted;
    assert.deepEqual([await bill(0), await bill(1_000), await bill(1_001)], [1, 1, 2]);
  });
});

describe('the report of bench:cost', () => {
  const row = (memories: number, times: number) =>
    rowOf({
      memories,
      searches: [searched(10 * times, 100), searched(20 * times, 110), searched(90 * times, 120)],
      bare: [10 * times],
      bareWhole: [5 * times],
      first: [{ memories, first: searched(70, 200), next: searched(9, 9) }],
    });

  it('tells medians, and the search as a multiple of its bare query', () => {
    const { searchMs, ratio, ratioToWhole, firstMs, reads, firstReads } = row(100, 1);
    assert.deepEqual([searchMs, ratio, ratioToWhole, firstMs, firstReads], [20, 2, 4, 70, 203]);
    assert.deepEqual([reads.documents, reads.total], [110, 113]);
  });

  it('tells how much more the largest space costs than each other one', () => {
    const [growth, ...others] = growthOf([row(100, 1), row(1_000, 3)]);
    assert.deepEqual(growth, { memories: '100 to 1000', search: 3, bare: 3, reads: 1 });
    assert.deepEqual(others, []);
  });
});
