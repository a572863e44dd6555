/**
 * Guards the search on a small conversation among a crowd of other turns, more than one search looks at; what it is
 * worth on a large one, `npm run bench:retrieval` tells.
 */
import assert from 'node:assert/strict';
import { type Answer, type Quality, qualityOf } from '../../../benchmarks/retrieval/metrics.ts';
import { SEARCH } from '../../../functions/src/config.ts';
import type { SearchMode } from '../../../functions/src/contract/types.ts';
import { smallTalk } from '../../support/small-talk.ts';
import { callBy, openManager } from '../../support/storage.ts';
import { questionsAboutFriends, threeFriends } from '../../support/three-friends.ts';

/** Measured on 2026-11-30. Whoever makes the ranking better writes down here what it is now. */
const MEASURED: Readonly<Record<SearchMode, { recall10: number; hit10: number; mrr: number }>> = {
  hybrid: { recall10: 0.892, hit10: 0.919, mrr: 0.733 },
  keyword: { recall10: 0.743, hit10: 0.784, mrr: 0.505 },
  semantic: { recall10: 0.865, hit10: 0.892, mrr: 0.758 },
};

/** How far below a later one may be: one question more without an answer, of 37. */
const ALLOWED = 0.03;

/** Results of a search, for MRR: fewer than one look at the nearest brings, so that it is not looked for again. */
const LIMIT = 50;

/** Turns of others. */
const CROWD = 250;

const QUESTIONS = questionsAboutFriends();

describe('retrieval on a small conversation', () => {
  const answers = new Map<string, Answer[]>();
  const ask = async (manager: ReturnType<typeof openManager>['manager'], query: string, mode: SearchMode) => {
    const { results } = await manager.search(['space'], { query, mode, limit: LIMIT }, callBy('ann'));
    return results.map(({ memory }) => memory.id);
  };

  before(async () => {
    const { manager } = openManager();
    for (const session of [...threeFriends(), ...smallTalk(CROWD)]) {
      await manager.append('space', session, callBy('ann'));
    }
    for (const mode of Object.keys(MEASURED) as SearchMode[]) {
      const answered: Answer[] = [];
      for (const { question, evidence } of QUESTIONS) {
        answered.push({ category: question, evidence, found: await ask(manager, question, mode) });
      }
      answers.set(mode, answered);
    }
  });

  it('has turns for all evidence, and each of them once', () => {
    const turns = threeFriends().flatMap(({ messages }) => messages.map(({ id }) => id));
    assert.equal(new Set(turns).size, turns.length);
    const missing = QUESTIONS.flatMap(({ evidence }) => evidence).filter((id) => !turns.includes(id));
    assert.deepEqual([missing, turns.length, QUESTIONS.length], [[], 95, 37]);
    const crowd = smallTalk(CROWD).flatMap(({ messages }) => messages.map(({ text }) => text));
    assert.equal(new Set(crowd).size, CROWD);
    assert.ok(LIMIT < SEARCH.NEAREST && SEARCH.NEAREST < CROWD);
  });

  for (const [mode, measured] of Object.entries(MEASURED)) {
    it(`is as good as it was, ${mode}`, () => {
      const given = answers.get(mode) ?? [];
      const quality = qualityOf(given);
      const below = Object.entries(measured).filter(
        ([name, value]) => figureOf(quality, name) < value - ALLOWED,
      );
      assert.deepEqual(below, [], `now ${JSON.stringify(quality)}\n${worst(given)}`);
    });
  }

  for (const { question, evidence, isCertain } of QUESTIONS) {
    if (!isCertain) continue;
    it(`answers first: ${question}`, () => {
      const found = answers.get('hybrid')?.find(({ category }) => category === question)?.found[0] ?? '';
      assert.ok(evidence.includes(found), `found ${found} instead of ${evidence.join(' or ')}`);
    });
  }
});

function figureOf({ recall, hit10, mrr }: Quality, name: string): number {
  return { recall10: recall[10], hit10, mrr }[name] ?? Number.NaN;
}

/** The questions without evidence among the first ten, each with the place of its evidence. */
function worst(answers: readonly Answer[]): string {
  const lines = answers.map(({ category, evidence, found }) => {
    const places = evidence.map((id) => found.indexOf(id) + 1);
    return places.some((place) => place > 0 && place <= 10) ? [] : [`${category} ${places.join(', ')}`];
  });
  return lines.flat().join('\n');
}
