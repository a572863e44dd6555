/** The package has no types of its own: it exports one function. */
declare module 'wink-porter2-stemmer' {
  /** The Porter2 stem of an English word in lower case. */
  function stem(word: string): string;
  export = stem;
}
