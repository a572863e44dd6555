/** Finds the line on which a value of a JSON text stands, so that an error can name it. */

/** A token of valid JSON: a string, with its colon if it is a key; a bracket or comma; a bare `12` or `null`. */
const TOKEN = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\],]|[^\s{}[\],:"]+/g;

/**
 * The line, from 1 on, of the value at a path such as `[0, 'qa', 3]` in a valid JSON text; of the innermost
 * value on the way there if the path leads nowhere.
 */
export function lineOfPath(json: string, path: readonly (string | number)[]): number {
  /** Where the walk is: keys, and indexes of arrays, from the root. */
  const here: (string | number)[] = [];
  let best = { depth: -1, offset: 0 };
  let previous = '';
  for (const { 0: token, 1: text = '', 2: colon, index } of json.matchAll(TOKEN)) {
    if (colon !== undefined) {
      here.push(String(JSON.parse(text)));
    } else if (token === ',') {
      const last = here.pop();
      if (typeof last === 'number') here.push(last + 1);
    } else if (token === ']' || token === '}') {
      // An array has its index from the start; an empty object never had a key.
      if (token === ']' || previous !== '{') here.pop();
    } else {
      const isOnTheWay = here.every((step, depth) => step === path[depth]);
      if (isOnTheWay && here.length > best.depth) best = { depth: here.length, offset: index };
      if (best.depth === path.length) break;
      if (token === '[') here.push(0);
    }
    previous = token;
  }
  return lineOfOffset(json, best.offset);
}

/** The line, from 1 on, of a place in a text. */
export function lineOfOffset(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
