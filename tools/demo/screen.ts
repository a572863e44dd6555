/** What the demo shows: plain lines, coloured only where a terminal shows colours and NO_COLOR is unset. */
import { styleText } from 'node:util';

/** Takes one line of output. */
export type Out = (line: string) => void;

type Style = Parameters<typeof styleText>[0];

/** The widest that a memory's text is shown, in characters. */
const MAX_SHOWN = 88;

/** Writes the demo's lines. */
export class Screen {
  readonly #out: Out;
  readonly #colours: boolean;

  constructor(out: Out) {
    this.#out = out;
    this.#colours = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  }

  /** Begins a part of the demo. */
  heading(text: string): void {
    this.#out('');
    this.#out(this.#paint('bold', text));
  }

  /** One thing that happened. */
  line(text: string): void {
    this.#out(`  ${text}`);
  }

  /** Something that went as it should. */
  good(text: string): void {
    this.#out(`  ${this.#paint('green', '✓')} ${text}`);
  }

  /** Something that fell short without being an error. */
  poor(text: string): void {
    this.#out(`  ${this.#paint('yellow', '✗')} ${text}`);
  }

  /** A detail of the line above. */
  detail(text: string): void {
    this.#out(this.#paint('dim', `      ${text}`));
  }

  #paint(style: Style, text: string): string {
    // Whether to paint was decided above, for the whole run.
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** A text as one line of at most 88 characters. */
export function clip(text: string): string {
  // By code points, so that no emoji is cut in half.
  const line = [...text.replace(/\s+/g, ' ').trim()];
  return line.length <= MAX_SHOWN ? line.join('') : `${line.slice(0, MAX_SHOWN - 1).join('')}…`;
}

/** How long it is since a `performance.now()`, as in `41 ms` or `3.2 s`. */
export function since(start: number): string {
  const milliseconds = performance.now() - start;
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
