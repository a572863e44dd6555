/** Checks parsed JSON that holds indexes. Everything here throws an `Error` that names the place of what is wrong. */
import type { Index, IndexField } from './index-shape.ts';

/** An object as a map of its own properties. */
export function asFields(value: unknown, place: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${place} should be an object.`);
  }
  return new Map(Object.entries(value));
}

/** An array, each element with its place. */
export function asList<T>(
  value: unknown,
  place: string,
  parse: (element: unknown, place: string) => T,
): readonly T[] {
  if (!Array.isArray(value)) throw new Error(`${place} should be an array.`);
  return value.map((element: unknown, n) => parse(element, `${place}[${n}]`));
}

/** A string that is not empty. */
export function asText(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${place} should be a text.`);
  return value;
}

/** An index of `indexes`. Without a `queryScope` it is that of single collections, as for Firebase's own tool. */
export function parseIndex(value: unknown, place: string): Index {
  const fields = asFields(value, place);
  return {
    collectionGroup: asText(fields.get('collectionGroup'), `${place}.collectionGroup`),
    queryScope: asText(fields.get('queryScope') ?? 'COLLECTION', `${place}.queryScope`),
    fields: asList(fields.get('fields'), `${place}.fields`, parseField),
  };
}

/** A field of an index. */
export function parseField(value: unknown, place: string): IndexField {
  const fields = asFields(value, place);
  return { fieldPath: asText(fields.get('fieldPath'), `${place}.fieldPath`), ...parseMode(fields, place) };
}

/** How a field is indexed. */
export function parseMode(
  fields: ReadonlyMap<string, unknown>,
  place: string,
): Pick<IndexField, 'order' | 'arrayConfig' | 'vectorConfig'> {
  if (fields.has('order')) return { order: asText(fields.get('order'), `${place}.order`) };
  if (fields.has('arrayConfig'))
    return { arrayConfig: asText(fields.get('arrayConfig'), `${place}.arrayConfig`) };
  if (!fields.has('vectorConfig')) {
    throw new Error(`${place} should have one of order, arrayConfig and vectorConfig.`);
  }
  const dimension = asFields(fields.get('vectorConfig'), `${place}.vectorConfig`).get('dimension');
  if (typeof dimension !== 'number') throw new Error(`${place}.vectorConfig.dimension should be a number.`);
  return { vectorConfig: { dimension, flat: {} } };
}
