/** The shape of all-MiniLM-L6-v2. The kernel has the width, the heads and their size in its code. */

/** Numbers of a token between two layers. */
export const WIDTH = 384;

/** Numbers of a token within the feed-forward part of a layer. */
export const INNER_WIDTH = 1536;

export const LAYERS = 6;

/** Entries of the vocabulary. */
export const VOCABULARY = 30_522;

/** Positions that have an embedding: more word pieces, [CLS] and [SEP] included, cannot be read. */
export const POSITIONS = 512;
