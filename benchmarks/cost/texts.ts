/** Made-up memories whose words are as unevenly frequent as those of a language, and questions about them. */
import { seeded } from '../latency/statistics.ts';

/** Different words; all memories together use most of them. */
const VOCABULARY = 8_000;

const ONSETS = 'b d f g k l m n p r s t v z br dr fl gr kl pr sk st tr'.split(' ');
const VOWELS = 'a e i o u ai ea oo'.split(' ');
const CODAS = 'b d g k l m n p r t x nd rk st'.split(' ');

/** Words of a memory: at least, and at most so many more. */
const LENGTH = { LEAST: 10, MORE: 11 } as const;

/** Words of a question: of the memory that answers it, and frequent ones. */
const ASKED = { OF_THE_MEMORY: 4, FREQUENT: 2 } as const;

/** The word of a rank, from 0 on, 0 the most frequent. Two ranks have two words. */
export function word(rank: number): string {
  const syllables = ONSETS.length * VOWELS.length * CODAS.length;
  const syllable = (n: number) => {
    const onset = ONSETS[n % ONSETS.length];
    const vowel = VOWELS[Math.floor(n / ONSETS.length) % VOWELS.length];
    const coda = CODAS[Math.floor(n / (ONSETS.length * VOWELS.length)) % CODAS.length];
    return `${onset}${vowel}${coda}`;
  };
  const scattered = (rank * 7_919) % (syllables * syllables);
  return syllable(scattered % syllables) + syllable(Math.floor(scattered / syllables) + (rank % syllables));
}

/** The text of a memory; the word of rank r is r times as rare as the first one, as Zipf found of languages. */
export function zipfText(place: number): string {
  const random = seeded(place + 1);
  const length = LENGTH.LEAST + Math.floor(random() * LENGTH.MORE);
  // The inverse of the share of the first r words, which grows as the logarithm of r.
  const rank = () => Math.floor((VOCABULARY + 1) ** random()) - 1;
  return Array.from({ length }, () => word(rank())).join(' ');
}

/** The `n`-th question about a space of so many memories: words of one of them, and some that many have. */
export function zipfQuestion(n: number, memories: number): string {
  const random = seeded(1_000_000 + n);
  const words = zipfText(Math.floor(random() * memories)).split(' ');
  const asked = Array.from(
    { length: ASKED.OF_THE_MEMORY },
    () => words[Math.floor(random() * words.length)] ?? '',
  );
  const frequent = Array.from({ length: ASKED.FREQUENT }, () => word(Math.floor(random() * 10)));
  return `What about ${[...asked, ...frequent].join(' ')} ${n}?`;
}
