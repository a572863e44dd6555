/** The filter of a purge: the grammar of every filter, without those that say everything by saying nothing. */
import type { MemoryPurgeRequest } from '../contract/types.ts';
import { ValidationError } from '../errors.ts';
import { EVERYTHING, type FilterTree, parseFilter } from './filter.ts';

/**
 * Checks the filter of a purge. `{ all: true }`, and nothing beside it, is every memory.
 * @throws ValidationError (`invalid-argument`, reason `invalid-filter`), also where the filter, or a group
 *   within it, has no condition (`empty_filter`): a condition that was left out must not delete everything
 */
export function parsePurgeFilter(filter: MemoryPurgeRequest['filter']): FilterTree {
  if (saysAll(filter)) return EVERYTHING;
  const tree = parseFilter(filter);
  if (hasEmptyPart(tree)) {
    throw new ValidationError([{ path: 'filter', code: 'empty_filter' }], 'invalid-filter');
  }
  return tree;
}

function saysAll(filter: MemoryPurgeRequest['filter']): filter is { readonly all: true } {
  // What is no object at all is for the grammar to refuse.
  if (typeof filter !== 'object' || filter === null) return false;
  return 'all' in filter && filter.all === true && Object.keys(filter).length === 1;
}

function hasEmptyPart(tree: FilterTree): boolean {
  if ('all' in tree) return tree.all.length === 0 || tree.all.some(hasEmptyPart);
  if ('any' in tree) return tree.any.length === 0 || tree.any.some(hasEmptyPart);
  return 'not' in tree && hasEmptyPart(tree.not);
}
