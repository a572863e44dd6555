/** Reads the structure of a rules file: its blocks, their functions and what they allow. */

/** A `service` or `match` block. */
export interface RulesBlock {
  /** The segments from the root, wildcards as they are written: `{tenantId}`, `{rest=**}`. */
  path: readonly string[];
  parent: RulesBlock | undefined;
  /** The bodies of the functions defined in this block, by name. */
  functions: Map<string, string>;
  allows: { methods: readonly string[]; condition: string }[];
}

const STRING_OR_COMMENT = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

const OPENS = /(?:service\s+[\w.]+|match\s+(?<path>(?:\/(?:\{[^}]*\}|[^\s/{}]+))+))\s*\{/y;
/** A body may hold the literals of maps. */
const FUNCTION = /function\s+(?<name>\w+)\s*\([^)]*\)\s*\{(?<body>(?:[^{}]|\{[^{}]*\})*)\}/y;
const ALLOW = /allow\s+(?<methods>[\w\s,]+?)\s*(?::\s*if\b(?<condition>[^;]*))?;/y;
const VERSION = /rules_version\s*=\s*''\s*;/y;

/** The blocks of a rules file, outer ones first. Throws where it meets what it does not know. */
export function parseRules(source: string): RulesBlock[] {
  // Strings are emptied and comments removed first, so that what looks like code in them is not read.
  const text = source.replaceAll(STRING_OR_COMMENT, (found) => (/^['"]/.test(found) ? "''" : ' '));
  const blocks: RulesBlock[] = [];
  let current: RulesBlock | undefined;
  let at = 0;
  const take = (pattern: RegExp): { [group: string]: string | undefined } | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return { ...match.groups };
  };
  for (;;) {
    take(/\s*/y);
    if (at === text.length) break;
    if (take(VERSION) !== undefined) continue;
    const opened = take(OPENS);
    if (opened !== undefined) {
      const segments = opened.path?.split('/').slice(1) ?? [];
      const path: string[] = [...(current?.path ?? []), ...segments];
      current = { path, parent: current, functions: new Map(), allows: [] };
      blocks.push(current);
      continue;
    }
    if (current === undefined) throw unknownAt(text, at);
    const defined = take(FUNCTION);
    if (defined !== undefined) {
      current.functions.set(defined.name ?? '', defined.body ?? '');
      continue;
    }
    const allowed = take(ALLOW);
    if (allowed !== undefined) {
      const methods = (allowed.methods ?? '').split(',').map((method) => method.trim());
      current.allows.push({ methods, condition: allowed.condition ?? 'true' });
      continue;
    }
    if (take(/\}/y) === undefined) throw unknownAt(text, at);
    current = current.parent;
  }
  if (current !== undefined) throw new Error('A block is not closed.');
  return blocks;
}

function unknownAt(text: string, at: number): Error {
  return new Error(`Not understood: ${text.slice(at, at + 60)}`);
}
