/** What `firestore.indexes.json` declares, and what Firestore has without being told. */
import { type Index, type IndexField, keyOf } from './index-shape.ts';
import { asFields, asList, asText, parseIndex, parseMode } from './parse.ts';

/** How one field is indexed by itself. It replaces what is automatic, all of it. */
export interface FieldOverride {
  readonly collectionGroup: string;
  readonly fieldPath: string;
  readonly ttl?: boolean;
  readonly indexes: readonly SingleFieldIndex[];
}

/** An index of one field. */
export interface SingleFieldIndex extends Pick<IndexField, 'order' | 'arrayConfig'> {
  readonly queryScope: string;
}

/** The file. */
export interface DeclaredIndexes {
  readonly indexes: readonly Index[];
  readonly fieldOverrides: readonly FieldOverride[];
}

/** What every field has by itself, unless an override says otherwise: nothing for collection groups. */
const AUTOMATIC: readonly SingleFieldIndex[] = [
  { order: 'ASCENDING', queryScope: 'COLLECTION' },
  { order: 'DESCENDING', queryScope: 'COLLECTION' },
  { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION' },
];

/**
 * Reads the text of an index file.
 * @throws Error naming the place of what it cannot read
 */
export function parseIndexFile(text: string): DeclaredIndexes {
  const file = asFields(JSON.parse(text), 'The index file');
  return {
    indexes: asList(file.get('indexes') ?? [], 'indexes', parseIndex),
    fieldOverrides: asList(file.get('fieldOverrides') ?? [], 'fieldOverrides', parseOverride),
  };
}

function parseOverride(value: unknown, place: string): FieldOverride {
  const fields = asFields(value, place);
  const ttl = fields.get('ttl');
  return {
    collectionGroup: asText(fields.get('collectionGroup'), `${place}.collectionGroup`),
    fieldPath: asText(fields.get('fieldPath'), `${place}.fieldPath`),
    ...(typeof ttl === 'boolean' ? { ttl } : {}),
    indexes: asList(fields.get('indexes') ?? [], `${place}.indexes`, (index, at) => {
      const mode = asFields(index, at);
      const queryScope = asText(mode.get('queryScope') ?? 'COLLECTION', `${at}.queryScope`);
      return { ...parseMode(mode, at), queryScope };
    }),
  };
}

/**
 * The indexes that a field has by itself: those of its own override, or of the map that it is in, or of all
 * fields (`*`) of the collection, or else the automatic ones.
 */
export function singleFieldIndexes(
  { fieldOverrides }: DeclaredIndexes,
  collectionGroup: string,
  fieldPath: string,
): readonly SingleFieldIndex[] {
  const overrides = fieldOverrides.filter((override) => override.collectionGroup === collectionGroup);
  const holders = overrides
    .filter((override) => fieldPath === override.fieldPath || fieldPath.startsWith(`${override.fieldPath}.`))
    .sort((a, b) => b.fieldPath.length - a.fieldPath.length);
  return (holders[0] ?? overrides.find((override) => override.fieldPath === '*'))?.indexes ?? AUTOMATIC;
}

/** The override that a field needs for one more index: what it has now, and that. */
export function overrideWith(
  declared: DeclaredIndexes,
  { collectionGroup, queryScope, fields }: Index,
): FieldOverride {
  const [{ fieldPath = '', ...mode } = {}] = fields;
  const own = declared.fieldOverrides.find(
    (override) => override.collectionGroup === collectionGroup && override.fieldPath === fieldPath,
  );
  const indexes = [...singleFieldIndexes(declared, collectionGroup, fieldPath), { ...mode, queryScope }];
  return { collectionGroup, fieldPath, ...(own?.ttl === undefined ? {} : { ttl: own.ttl }), indexes };
}

/** Every collection group index of one field, as an index. Those of single collections are used unseen. */
export function declaredForGroups({ fieldOverrides }: DeclaredIndexes): readonly Index[] {
  return fieldOverrides.flatMap(({ collectionGroup, fieldPath, indexes }) =>
    indexes
      .filter(({ queryScope }) => queryScope === 'COLLECTION_GROUP')
      .map(({ queryScope, ...mode }) => ({ collectionGroup, queryScope, fields: [{ fieldPath, ...mode }] })),
  );
}

/** Whether an index of one field is there. */
export function hasSingleField(declared: DeclaredIndexes, index: Index): boolean {
  const { collectionGroup, fields } = index;
  const [{ fieldPath = '' } = {}] = fields;
  return singleFieldIndexes(declared, collectionGroup, fieldPath).some(
    ({ queryScope, ...mode }) =>
      keyOf({ collectionGroup, queryScope, fields: [{ fieldPath, ...mode }] }) === keyOf(index),
  );
}
