/**
 * The demo: two users, two tenants, one conversation. Everything goes through the Firebase client SDK and
 * the typed client, as in an app. Calls are made one after another: the functions emulator starts a process
 * for each concurrent call of a function, and each of them loads the embedder.
 */
import { fileURLToPath } from 'node:url';
import { type Conversation, readConversation } from './conversation/read-conversation.ts';
import { importConversation } from './demo/import-conversation.ts';
import { showNothingFound, showRefusals } from './demo/isolation.ts';
import { showLiveMemory } from './demo/live.ts';
import { askAll, questionsFor, sampleQuestions } from './demo/questions.ts';
import { type Out, Screen, since } from './demo/screen.ts';
import { type Emulators, signIn, type Visitor } from './demo/visitor.ts';

/** What the demo is run with. The addresses are `host:port`. */
export interface DemoOptions extends Emulators {
  /** A LoCoMo file or JSON lines; by default a conversation of our own. */
  readonly dataFile?: string | undefined;
  /** The `sample_id` in a LoCoMo file; the first one by default. */
  readonly conversation?: string | undefined;
  /** Where the lines go, standard output by default. */
  readonly out?: Out | undefined;
}

const SAMPLE = fileURLToPath(new URL('demo/sample-conversation.jsonl', import.meta.url));

/**
 * Runs the demo against running emulators whose functions let signed-in users create tenants
 * (`FIREMEMORY_TENANT_CREATION=signed-in`). It can be run again: every run has its own users and tenants.
 * Rejects with a `ConversationError` for a bad file, with a `FirememoryError` for a call that failed, and
 * with an `Error` if a promise of the service was not kept.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const start = performance.now();
  const screen = new Screen(options.out ?? console.log);
  const conversation = conversationOf(options);
  const visitors: Visitor[] = [];
  try {
    screen.heading('Two users sign in, each makes a tenant');
    screen.line('(the first call of each function starts it, which takes seconds on the emulator)');
    const [ana, anaTenant] = await arrive('Ana', options, visitors, screen);
    const [ben, benTenant] = await arrive('Ben', options, visitors, screen);
    const anaClient = ana.open(anaTenant);
    const ids = await showImport(anaClient, conversation, screen);

    screen.heading('Ana asks');
    const questions = questionsFor(conversation);
    await askAll(anaClient, questions, screen);

    const query = questions[0]?.question ?? '';
    screen.heading('Ben, who is not a member of her tenant, asks the same');
    await showRefusals(ben.open(anaTenant), { space: ana.uid, memoryId: ids[0] ?? '', query }, screen);
    await showNothingFound(ben.open(benTenant), query, screen);

    screen.heading('Ana watches');
    await showLiveMemory(anaClient, screen);
    screen.heading(`Done in ${since(start)}.`);
  } finally {
    await Promise.all(visitors.map((visitor) => visitor.leave()));
  }
}

function conversationOf(options: DemoOptions): Conversation {
  const conversation = readConversation(options.dataFile ?? SAMPLE, { conversation: options.conversation });
  return options.dataFile === undefined ? { ...conversation, questions: sampleQuestions() } : conversation;
}

async function arrive(
  name: string,
  emulators: Emulators,
  visitors: Visitor[],
  screen: Screen,
): Promise<[Visitor, tenant: string]> {
  const visitor = await signIn(name, emulators);
  visitors.push(visitor);
  const tenant = `demo-${name.toLowerCase()}-${crypto.randomUUID().slice(0, 8)}`;
  const { role } = await visitor.open(tenant).tenant.create({ name: `${name}'s demo` });
  screen.good(`${name} is ${role} of ${tenant}`);
  return [visitor, tenant];
}

async function showImport(client: ReturnType<Visitor['open']>, conversation: Conversation, screen: Screen) {
  const { id, turns } = conversation;
  screen.heading(`Ana's personal space takes in the conversation ${id}`);
  const start = performance.now();
  const ids = await importConversation(client, turns, (stored) => {
    screen.line(`${String(stored).padStart(String(turns.length).length)}/${turns.length} turns`);
  });
  screen.good(`${ids.length} memories stored and indexed in ${since(start)}`);
  return ids;
}
