/**
 * The memories that a search prefers whatever they say: the newest ones if it asks for `recency`, the most important
 * ones if it asks for `importanceWeight`. What is nearest in words and meaning may have none of them among it.
 */
import { SEARCH } from '../config.ts';
import type { Memory, Order } from '../contract/types.ts';
import { passes } from '../core/filter.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';
import type { SpacePaths } from '../storage/paths.ts';
import { filteredQuery, visible } from '../storage/queries.ts';
import type { PreparedQuery } from './prepared-query.ts';

/**
 * Reads them, as far as a filter's equality narrows them down, and notes them.
 * @param truth takes what was read
 * @returns the ids of those that pass the filter
 */
export async function favoured(
  paths: SpacePaths,
  { request, filter, limit }: PreparedQuery,
  call: CallContext,
  truth: Map<string, Memory | null>,
): Promise<string[]> {
  const orders: Order[] = [];
  if ((request.recency?.weight ?? 0) > 0) orders.push({ field: 'occurredAt', direction: 'desc' });
  if ((request.importanceWeight ?? 0) > 0) orders.push({ field: 'importance', direction: 'desc' });
  const count = Math.max(SEARCH.FAVOURED, limit);
  const pages = await Promise.all(
    orders.map((order) => filteredQuery(paths, filter, order).limit(count).get()),
  );
  const ids = new Set<string>();
  for (const document of pages.flatMap(({ docs }) => docs)) {
    const memory = visible(document, paths, call);
    truth.set(document.id, memory);
    if (memory !== null && passes(filter, memory)) ids.add(document.id);
  }
  return [...ids];
}
