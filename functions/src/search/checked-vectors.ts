/** What a hosted model answered, checked: nothing of it gets into an index as it is. */

/** Thrown if an answer cannot be used; `code` says why and is safe to log. */
export class BadAnswer extends Error {
  readonly code: string;

  constructor(code: 'not-an-answer' | 'wrong-count' | 'wrong-order' | 'wrong-dimensions' | 'not-a-vector') {
    super(`The answer of the embedding service cannot be used: ${code}.`);
    this.name = 'BadAnswer';
    this.code = code;
  }
}

/**
 * The vectors of an answer, each at length 1.
 * @throws BadAnswer if there is not one for each text, of so many finite numbers that are not all zero
 */
export function checkedVectors(answer: unknown, count: number, dimensions: number): number[][] {
  if (!Array.isArray(answer)) throw new BadAnswer('not-an-answer');
  if (answer.length !== count) throw new BadAnswer('wrong-count');
  return answer.map((vector: unknown) => unitVector(vector, dimensions));
}

function unitVector(vector: unknown, dimensions: number): number[] {
  if (!Array.isArray(vector)) throw new BadAnswer('not-a-vector');
  if (vector.length !== dimensions) throw new BadAnswer('wrong-dimensions');
  let squares = 0;
  const numbers: number[] = [];
  for (const value of vector as readonly unknown[]) {
    // The sum of the squares must not overflow either.
    if (typeof value !== 'number' || !(Math.abs(value) < 1e150)) throw new BadAnswer('not-a-vector');
    squares += value * value;
    numbers.push(value);
  }
  if (squares === 0) throw new BadAnswer('not-a-vector');
  const length = Math.sqrt(squares);
  return numbers.map((value) => value / length);
}

/** A field of a part of an answer; undefined where there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
