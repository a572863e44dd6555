/** Holds firestore.rules to the limits that only production enforces, and to its own conventions. */
import { strict as assert } from 'node:assert';
import { RULES_SOURCE } from '../support/rules-environment.ts';
import { accessCallsOf } from './access-calls.ts';
import { parseRules } from './rules-parser.ts';

/** Access calls of a request for one document or one query. */
const MAX_ACCESS_CALLS = 10;

/** Rules for the documents of `things`, with these functions and this condition. */
function rulesWith(condition: string, functions = '', more = ''): string {
  return `rules_version = '2'; service cloud.firestore { match /databases/{database}/documents {
    ${functions} match /things/{id} { allow get: if ${condition}; } ${more} } }`;
}

function callsOf(source: string): number | undefined {
  return accessCallsOf(source).find(({ path }) => path.endsWith('/things/{id}'))?.calls;
}

describe('The rules, read as text', () => {
  const costs = accessCallsOf(RULES_SOURCE);
  const allows = parseRules(RULES_SOURCE).flatMap((block) => block.allows);

  it('[22] cost no request more than 10 access calls', () => {
    assert.ok(costs.length > 0);
    assert.deepEqual(
      costs.filter(({ calls }) => calls > MAX_ACCESS_CALLS),
      [],
    );
  });

  it('[22] cost the longest request as many as their first comment says', () => {
    const stated = /the longest path has (\d+)/.exec(RULES_SOURCE)?.[1];
    assert.equal(Math.max(...costs.map(({ calls }) => calls)), Number(stated));
  });

  it('[22] allow no write but that of a command, two of which a batch can hold at 20 access calls', () => {
    assert.deepEqual([...new Set(allows.flatMap(({ methods }) => methods))].sort(), [
      'create',
      'get',
      'list',
    ]);
    const creations = costs.filter(({ method }) => method === 'create');
    assert.deepEqual(
      creations.map(({ path }) => path.split('/').at(-2)),
      ['inbox'],
    );
    assert.ok(creations.every(({ calls }) => 2 * calls <= 20));
  });

  it('allow nothing without a condition', () => {
    assert.deepEqual(
      allows.filter(({ condition }) => condition.trim() === 'true'),
      [],
    );
  });

  it('have no wildcard that spans several segments: it would override every denial below it', () => {
    assert.doesNotMatch(RULES_SOURCE, /=\*\*/);
  });

  it('say of each predicate when it is true', () => {
    const predicates = [...RULES_SOURCE.matchAll(/((?: *\/\/.*\n)*) *function ((?:is|can)[A-Z]\w*)/g)];
    assert.ok(predicates.length > 0);
    const silent = predicates.filter(([, comment]) => !comment?.trim().startsWith('// Returns true iff'));
    assert.deepEqual(
      silent.map(([, , name]) => name),
      [],
    );
  });
});

describe('The count of access calls', () => {
  it('[22] adds up the calls of a condition', () => {
    assert.equal(callsOf(rulesWith('exists(/a/$(id)) && get(/a/$(id)).data.ok')), 2);
    assert.equal(callsOf(rulesWith('getAfter(/a/$(id)).data.ok || existsAfter(/a/$(id))')), 2);
    assert.equal(callsOf(rulesWith(Array.from({ length: 11 }, () => 'exists(/a/b)').join(' || '))), 11);
  });

  it('[22] follows functions, also those that call others', () => {
    const functions = `function one() { return exists(/a/b); }
      function two() { let first = one(); return first && one(); }`;
    assert.equal(callsOf(rulesWith('two() && two()', functions)), 4);
  });

  it('[22] counts a call inside an argument', () => {
    assert.equal(callsOf(rulesWith('yes(get(/a/b).data)', 'function yes(x) { return x.ok; }')), 1);
  });

  it('[22] adds up all rules that match a path', () => {
    const sibling = 'match /things/{other} { allow read: if exists(/a/b); }';
    assert.equal(callsOf(rulesWith('exists(/a/c)', '', sibling)), 2);
    const everything = 'match /{all=**} { allow read: if exists(/a/b); }';
    assert.equal(callsOf(rulesWith('exists(/a/c)', '', everything)), 2);
    const elsewhere = 'match /others/{other} { allow read: if exists(/a/b); }';
    assert.equal(callsOf(rulesWith('exists(/a/c)', '', elsewhere)), 1);
  });

  it('counts neither the get of a map, nor comments, nor strings', () => {
    assert.equal(callsOf(rulesWith("request.auth.token.get('x', 'exists(/a)') == 'y' // get(/a)\n")), 0);
  });

  it('refuses a function that calls itself, and text that it does not understand', () => {
    assert.throws(
      () => accessCallsOf(rulesWith('one()', 'function one() { return one(); }')),
      /calls itself/,
    );
    assert.throws(() => accessCallsOf(rulesWith('true', 'permit everything;')), /Not understood/);
  });
});
