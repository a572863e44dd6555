/**
 * Counts the access calls (`get`, `exists`, `getAfter`, `existsAfter`) that a request can cost, by reading
 * the rules. Production refuses a request above 10, and a batch or transaction above 20; the emulator refuses
 * none. Source: https://firebase.google.com/docs/firestore/security/rules-structure#access_call_limits
 */
import { parseRules, type RulesBlock } from './rules-parser.ts';

const ACCESS_CALLS = new Set(['get', 'exists', 'getAfter', 'existsAfter']);
const READS = ['get', 'list'];
const WRITES = ['create', 'update', 'delete'];

/** What one kind of request to a path can cost. */
export interface PathCost {
  path: string;
  method: string;
  /** Calls if no condition cuts another short and no document is asked for twice: production may do with less. */
  calls: number;
}

/**
 * The cost of each method that is allowed somewhere, for each path that has a rule of its own. All rules that
 * match a path are added up, since they are alternatives that may all be tried. Throws where a function calls
 * itself.
 */
export function accessCallsOf(source: string): PathCost[] {
  const blocks = parseRules(source).filter((block) => block.allows.length > 0);
  return blocks.flatMap((block) =>
    [...READS, ...WRITES].flatMap((method) => {
      const rules = blocks
        .filter((other) => overlap(block.path, other.path))
        .flatMap((other) => other.allows.map((allow) => ({ ...allow, block: other })))
        .filter((allow) => allow.methods.some((name) => methodsOf(name).includes(method)));
      if (rules.length === 0) return [];
      const calls = rules.reduce((sum, rule) => sum + callsIn(rule.condition, rule.block, []), 0);
      return [{ path: `/${block.path.join('/')}`, method, calls }];
    }),
  );
}

/** The calls that an expression of a block can make, those of the functions that it calls included. */
function callsIn(expression: string, block: RulesBlock, callers: readonly string[]): number {
  let calls = 0;
  // A name after a dot is a method: `map.get('key', null)` reads no document.
  for (const [, name = ''] of expression.matchAll(/(?<![.\w])([A-Za-z_]\w*)\s*\(/g)) {
    const defined = definitionOf(name, block);
    if (defined !== undefined) {
      if (callers.includes(name)) throw new Error(`${name} calls itself.`);
      calls += callsIn(defined.body, defined.block, [...callers, name]);
    } else if (ACCESS_CALLS.has(name)) {
      calls += 1;
    }
  }
  return calls;
}

/** The function of that name which a block sees: its own, or that of the nearest block around it. */
function definitionOf(name: string, block: RulesBlock): { body: string; block: RulesBlock } | undefined {
  const body = block.functions.get(name);
  if (body !== undefined) return { body, block };
  return block.parent === undefined ? undefined : definitionOf(name, block.parent);
}

function methodsOf(name: string): readonly string[] {
  if (name === 'read') return READS;
  return name === 'write' ? WRITES : [name];
}

/** True iff some path matches both patterns. */
function overlap(one: readonly string[], other: readonly string[]): boolean {
  const [first, ...rest] = one;
  const [second, ...others] = other;
  if (first?.endsWith('=**}') || second?.endsWith('=**}')) return true;
  if (first === undefined || second === undefined) return first === second;
  const same = first === second || first.startsWith('{') || second.startsWith('{');
  return same && overlap(rest, others);
}
