/** An index of Firestore as `firestore.indexes.json` and the emulator's report write it, and when two are one. */

/** A field of an index. It has one of `order`, `arrayConfig` and `vectorConfig`. */
export interface IndexField {
  readonly fieldPath: string;
  readonly order?: string;
  readonly arrayConfig?: string;
  readonly vectorConfig?: { readonly dimension: number; readonly flat: object };
}

/** An index over the collections of one id. */
export interface Index {
  readonly collectionGroup: string;
  /** `COLLECTION`: queries of one collection; `COLLECTION_GROUP`: of all of that id. */
  readonly queryScope: string;
  readonly fields: readonly IndexField[];
}

const NAME = '__name__';

/**
 * The index with only what tells it from others. The `__name__` that Firestore appends by itself goes; one of the
 * other direction stays. A field that is compared for equality and then ordered by counts once, with the order.
 */
export function essential(index: Index): Index {
  const fields: IndexField[] = [];
  for (const field of index.fields) {
    const twin = fields.findIndex(({ fieldPath, order }) => fieldPath === field.fieldPath && order);
    if (twin >= 0) fields.splice(twin, 1);
    fields.push(field);
  }
  const last = fields.at(-1);
  if (last?.fieldPath === NAME && last.order === appendedOrder(fields.slice(0, -1))) fields.pop();
  return { ...index, fields };
}

/** The direction of the appended `__name__`: that of the last field, ascending where it has none. */
function appendedOrder(fields: readonly IndexField[]): string {
  return fields.at(-1)?.order ?? 'ASCENDING';
}

/**
 * Equal for two indexes that serve the same queries. Before a vector there are only equalities, whose order is
 * free; in every other index the order of the fields counts.
 */
export function keyOf(index: Index): string {
  const { collectionGroup, queryScope, fields } = essential(index);
  const parts = fields.map((field) => `${field.fieldPath} ${modeOf(field)}`);
  if (isVector(index)) parts.sort();
  return JSON.stringify([collectionGroup, queryScope, ...parts]);
}

/** One line for people: `memories: tags CONTAINS, createdAt DESCENDING`. */
export function describeIndex(index: Index): string {
  const { collectionGroup, queryScope, fields } = essential(index);
  const scope = queryScope === 'COLLECTION' ? '' : ` (${queryScope})`;
  return `${collectionGroup}${scope}: ${fields.map((f) => `${f.fieldPath} ${modeOf(f)}`).join(', ')}`;
}

/** Whether it is for `findNearest`. */
export function isVector({ fields }: Index): boolean {
  return fields.some(({ vectorConfig }) => vectorConfig !== undefined);
}

/** Whether two indexes have the same fields, whatever their order and directions. */
export function hasSameFields(one: Index, other: Index): boolean {
  const fields = (index: Index) =>
    JSON.stringify([
      index.collectionGroup,
      ...essential(index)
        .fields.map(({ fieldPath }) => fieldPath)
        .sort(),
    ]);
  return fields(one) === fields(other);
}

function modeOf({ order, arrayConfig, vectorConfig }: IndexField): string {
  return vectorConfig === undefined ? (order ?? arrayConfig ?? '?') : `VECTOR(${vectorConfig.dimension})`;
}
