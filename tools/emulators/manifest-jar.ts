import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { storedZip } from './stored-zip.ts';

const MAIN_CLASS = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';

/** A manifest line holds at most 72 bytes, its line end not counted; what is longer goes on after a blank. */
const MAX_LINE_BYTES = 72;

/**
 * The manifest that makes the Cloud CLI's jar runnable by `java -jar`. The class path is a file URL, hence ASCII,
 * so that characters are bytes.
 */
export function manifestFor(jar: string): string {
  const lines = [
    'Manifest-Version: 1.0',
    `Main-Class: ${MAIN_CLASS}`,
    `Class-Path: ${pathToFileURL(jar).href}`,
  ];
  // A manifest whose last line has no line end loses that line.
  return `${lines.map(folded).join('\r\n')}\r\n\r\n`;
}

/**
 * Writes a jar that holds only that manifest to `target`. Written aside and renamed, as a suite that is running
 * may have the old one open.
 */
export function writeManifestJar(jar: string, target: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  const aside = `${target}.${process.pid}`;
  writeFileSync(aside, storedZip('META-INF/MANIFEST.MF', Buffer.from(manifestFor(jar), 'ascii')));
  renameSync(aside, target);
}

function folded(line: string): string {
  const [first = '', ...rest] = line.match(new RegExp(`.{1,${MAX_LINE_BYTES - 1}}`, 'g')) ?? [];
  return [first, ...rest.map((part) => ` ${part}`)].join('\r\n');
}
