/** Ids of commands, which sort in the order in which this client made them. */

/** Base-36 digits of the milliseconds since the epoch: enough until the year 5188. */
const TIME_DIGITS = 9;
const COUNT_DIGITS = 4;

const last = { time: 0, count: 0 };

/**
 * An id that is later, in the order of Firestore, than all that were made before in this process, and that no
 * other client makes. Firestore keeps times to the millisecond, so two commands that are flushed together may
 * have the same one; their ids then tell which came first.
 * @param now milliseconds since the epoch; a clock that goes back is not followed
 */
export function commandId(now: number): string {
  const time = Math.max(now, last.time);
  last.count = time === last.time ? last.count + 1 : 0;
  last.time = time;
  const chance = crypto.getRandomValues(new Uint8Array(10));
  const tail = Array.from(chance, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits(time, TIME_DIGITS) + digits(last.count, COUNT_DIGITS) + tail;
}

function digits(value: number, width: number): string {
  return value.toString(36).padStart(width, '0');
}
