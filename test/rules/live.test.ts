/** Live queries over time: a member who goes, a memory that goes, a memory whose time comes. */
import { strict as assert } from 'node:assert';
import {
  collection,
  deleteDoc,
  doc,
  documentId,
  type Firestore,
  onSnapshot,
  type Query,
  query,
  setDoc,
  updateDoc,
  where,
} from 'firebase/firestore';
import { openRulesEnvironment, type RulesEnvironment } from '../support/rules-environment.ts';
import { documentAttempts, outcomeOf, queryAttempts } from './attempt.ts';
import { memory, seed } from './world.ts';

const SPACES = 'tenants/a/spaces';
const TEAM = `${SPACES}/team/memories`;

/** A live query with all that it has shown. */
class LiveQuery {
  /** Ids of every snapshot that the server confirmed, in order. */
  readonly shown: string[][] = [];
  readonly #stop: () => void;
  #error: Error | undefined;
  #changed: () => void = () => undefined;

  constructor(source: Query) {
    this.#stop = onSnapshot(
      source,
      ({ docs, metadata }) => {
        if (!metadata.fromCache) this.shown.push(docs.map(({ id }) => id));
        this.#changed();
      },
      (error) => {
        this.#error = error;
        this.#changed();
      },
    );
  }

  /** Waits until a snapshot satisfies the condition. Throws once the query has been refused. */
  async until(condition: (ids: readonly string[]) => boolean): Promise<void> {
    while (!this.shown.some(condition)) {
      if (this.#error !== undefined) throw this.#error;
      await this.#change();
    }
  }

  /** Waits until the query is refused. */
  async untilRefused(): Promise<void> {
    while (this.#error === undefined) await this.#change();
  }

  stop(): void {
    this.#stop();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

describe('A live query', () => {
  let environment: RulesEnvironment;
  const open: LiveQuery[] = [];
  before(async () => {
    environment = await openRulesEnvironment('demo-firememory-rules-live');
  });
  beforeEach(() => seed(environment));
  afterEach(() => {
    for (const live of open.splice(0)) live.stop();
  });
  after(() => environment.close());

  /** Opens a live query as a new client of that user, and waits for its first snapshot. */
  async function listen(uid: string, sourceOf: (db: Firestore) => Query): Promise<LiveQuery> {
    const live = new LiveQuery(sourceOf(environment.asNewClient(uid)));
    open.push(live);
    await live.until(() => true);
    return live;
  }

  const departures: { [how: string]: (server: Firestore) => Promise<unknown> } = {
    removed: (server) => deleteDoc(doc(server, 'tenants/a/members/viewer')),
    'removed by the service': (server) =>
      updateDoc(doc(server, 'tenants/a/members/viewer'), { status: 'removed' }),
    suspended: (server) => updateDoc(doc(server, 'tenants/a/members/viewer'), { status: 'suspended' }),
  };
  for (const [how, depart] of Object.entries(departures)) {
    it(`[16] shows a member who is ${how} nothing that is written afterwards`, async () => {
      const theirs = await listen('viewer', (db) => collection(db, TEAM));
      const anothers = await listen('editor', (db) => collection(db, TEAM));
      await environment.asServer(depart);
      await environment.asServer((server) => setDoc(doc(server, `${TEAM}/later`), memory('a', 'team')));

      await anothers.until((ids) => ids.includes('later'));
      await theirs.untilRefused();
      assert.equal(theirs.shown.flat().includes('later'), false);
    });

    it(`[16] and every other read are refused to a member who was ${how} while one was open`, async () => {
      await listen('viewer', (db) => collection(db, TEAM));
      await environment.asServer(depart);
      // A new client: one with the same query open would answer from what it has been shown already.
      const all = collection(environment.asNewClient('viewer'), TEAM);
      for (const attempt of Object.values(queryAttempts)) {
        assert.equal((await outcomeOf(attempt(all))).allowed, false);
      }
      const one = documentAttempts.get(environment.asNewClient('viewer'), `${TEAM}/m1`);
      assert.equal((await outcomeOf(one)).allowed, false);
    });
  }

  it('of one memory goes on when the memory is deleted, and shows that it is gone', async () => {
    const one = (db: Firestore) => query(collection(db, TEAM), where(documentId(), '==', 'm1'));
    const live = await listen('viewer', one);
    assert.deepEqual(live.shown, [['m1']]);
    await environment.asServer((server) => deleteDoc(doc(server, `${TEAM}/m1`)));
    await live.until((ids) => ids.length === 0);
    await environment.asServer((server) => setDoc(doc(server, `${TEAM}/m1`), memory('a', 'team')));
    await live.until((ids) => ids.includes('m1'));
  });

  it('of the shared spaces goes on when one is deleted', async () => {
    const live = await listen('viewer', (db) => query(collection(db, SPACES), where('kind', '==', 'shared')));
    await environment.asServer((server) => deleteDoc(doc(server, `${SPACES}/bob`)));
    await live.until((ids) => !ids.includes('bob') && ids.includes('team'));
  });

  it('without an order shows what expired or is staged: hiding it is the client’s part, deleting it the server’s', async () => {
    const live = await listen('viewer', (db) => collection(db, TEAM));
    assert.deepEqual(live.shown, [['expired', 'expiring', 'm1', 'staged']]);
    await environment.asServer((server) => deleteDoc(doc(server, `${TEAM}/expired`)));
    await live.until((ids) => !ids.includes('expired'));
  });
});
