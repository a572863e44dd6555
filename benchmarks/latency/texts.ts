/** Made-up memories: sentences of 12 to 20 English words, each of them different. */
import { seeded } from './statistics.ts';

const WORDS = (
  'morning garden ticket harbor sister market window coffee bridge winter letter camera doctor island ' +
  'kitchen meeting project weather station music picture river summer teacher village holiday journey ' +
  'mountain library evening friend dinner bicycle lantern orchard paints travels remembers prefers visits ' +
  'bought planned called moved finished started wanted asked quiet green early distant careful yellow'
).split(' ');

/** The sentence of a number; the number is in it. */
export function sentence(number: number): string {
  const random = seeded(number + 1);
  const length = 12 + Math.floor(random() * 9);
  const words = Array.from({ length }, () => WORDS[Math.floor(random() * WORDS.length)] ?? '');
  return `Note ${number}: ${words.join(' ')}.`;
}
