/** Opens the rules of this repository on the Firestore emulator, as any user or as the server. */
import { readFileSync } from 'node:fs';
import {
  initializeTestEnvironment,
  type RulesTestEnvironment,
  type TokenOptions,
} from '@firebase/rules-unit-testing';
import { type Firestore, setLogLevel } from 'firebase/firestore';
import { noteDatabase } from './used-databases.ts';

/** The text of firestore.rules. */
export const RULES_SOURCE = readFileSync(new URL('../../firestore.rules', import.meta.url), 'utf8');

/** Every denial is a line in the SDK's log otherwise. */
setLogLevel('silent');

/** A project of its own on the emulator, with the rules loaded. */
export interface RulesEnvironment {
  /** The database as a signed-in user sees it; one client for a uid, made on first use. */
  as(uid: string, token?: TokenOptions): Firestore;
  /** The database as a new client of that user sees it, which has cached nothing and listens to nothing. */
  asNewClient(uid: string): Firestore;
  /** The database as someone who is not signed in sees it. */
  asNobody(): Firestore;
  /** Runs with the rules disabled, as the server does. */
  asServer(run: (db: Firestore) => Promise<unknown>): Promise<void>;
  /** Removes every document of the project. */
  clear(): Promise<void>;
  /** What each expression of the rules came to since they were loaded, as the emulator reports it. */
  coverage(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Opens the rules under a project id of the caller's own, so that neither other tests nor the functions'
 * triggers see its documents; with `change`, the rules are changed first. Throws where FIRESTORE_EMULATOR_HOST is not set.
 */
export async function openRulesEnvironment(
  projectId: string,
  change: (source: string) => string = (source) => source,
): Promise<RulesEnvironment> {
  noteDatabase(`projects/${projectId}/databases/(default)`);
  const { host, port } = emulatorAddress();
  const environment = await initializeTestEnvironment({
    projectId,
    firestore: { host, port, rules: change(RULES_SOURCE) },
  });
  const clients = new Map<string, Firestore>();
  const client = (name: string, open: () => Firestore): Firestore => {
    const known = clients.get(name) ?? open();
    clients.set(name, known);
    return known;
  };
  return {
    as: (uid, token) => client(`uid:${uid}`, () => firestoreOf(environment.authenticatedContext(uid, token))),
    asNewClient: (uid) => firestoreOf(environment.authenticatedContext(uid)),
    asNobody: () => client('nobody', () => firestoreOf(environment.unauthenticatedContext())),
    asServer: (run) =>
      environment.withSecurityRulesDisabled(async (context) => void (await run(firestoreOf(context)))),
    clear: () => environment.clearFirestore(),
    coverage: async () => {
      const path = `/emulator/v1/projects/${projectId}:ruleCoverage`;
      const response = await fetch(`http://${process.env.FIRESTORE_EMULATOR_HOST}${path}`);
      if (!response.ok) throw new Error(`The emulator answered ${response.status} to ${path}.`);
      return response.json();
    },
    close: () => environment.cleanup(),
  };
}

/** The context's Firestore: its type is the compatibility API's, the modular functions take it as theirs. */
function firestoreOf(context: ReturnType<RulesTestEnvironment['unauthenticatedContext']>): Firestore {
  return context.firestore() as unknown as Firestore;
}

function emulatorAddress(): { host: string; port: number } {
  const address = process.env.FIRESTORE_EMULATOR_HOST;
  if (address === undefined) throw new Error('FIRESTORE_EMULATOR_HOST is not set: run with the emulators.');
  const url = new URL(`http://${address}`);
  return { host: url.hostname, port: Number(url.port) };
}
