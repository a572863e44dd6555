/** Reads what the check is given in files: the allow list, the vector queries, the databases. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AllowedIndex } from './compare.ts';
import type { Index } from './index-shape.ts';
import { asFields, asList, asText, parseIndex } from './parse.ts';
import type { DatabaseName } from './usage-report.ts';

/**
 * The indexes of the vector queries: a JSON array, or the array that a module exports as `VECTOR_QUERIES`.
 * @throws Error if it cannot be loaded or is no list of indexes
 */
export async function readVectorQueries(file: string): Promise<readonly Index[]> {
  if (file.endsWith('.json')) return asList(readJson(file), file, parseIndex);
  const loaded: unknown = await import(pathToFileURL(path.resolve(file)).href);
  const exported = new Map(Object.entries(loaded ?? {}));
  return asList(exported.get('VECTOR_QUERIES'), `VECTOR_QUERIES of ${file}`, parseIndex);
}

/**
 * The allow list: `[{ "why": "…", "index": { … } }]`.
 * @throws Error if it cannot be read, or has an entry without a reason
 */
export function readAllowed(file: string): readonly AllowedIndex[] {
  return asList(readJson(file), file, (entry, place) => {
    const fields = asFields(entry, place);
    return {
      why: asText(fields.get('why'), `${place}.why`),
      index: parseIndex(fields.get('index'), `${place}.index`),
    };
  });
}

/**
 * The databases that a run used, one a line and as often as it likes: an id, or `projects/P/databases/D` for one
 * of another project. A file that is not there names none.
 */
export function readDatabases(file: string, project: string): readonly DatabaseName[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  const names = [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))];
  return names.map((name) => parseDatabase(name, project));
}

/** A database by its id, or by its full name. */
export function parseDatabase(name: string, project: string): DatabaseName {
  const [, of = project, database = name] = /^projects\/([^/]+)\/databases\/([^/]+)$/.exec(name) ?? [];
  return { project: of, database };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
