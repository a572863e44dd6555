/** Tells the check of the indexes which databases of the emulator tests use: it keeps no list of them itself. */
import { appendFileSync } from 'node:fs';

const noted = new Set<string>();

/** Notes a database, by its id, or by its full name for one of another project. Only where a check asks for it. */
export function noteDatabase(name: string): void {
  const file = process.env.FIRESTORE_USED_DATABASES;
  if (!file || noted.has(name)) return;
  noted.add(name);
  appendFileSync(file, `${name}\n`);
}
