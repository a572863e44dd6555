/**
 * The built trigger in one process, as an instance of Cloud Run, and the events of one space brought to it. Whoever
 * writes a memory tells so, which stands for the event bus; so does the trigger, which completes each memory once.
 * The events have no data, so none is settled by them alone. What the bus takes in the cloud is not in the lag.
 */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { SpacePaths } from '../../functions/src/storage/paths.ts';
import { EVENT_FUNCTION } from '../../functions/src/triggers/event-function.ts';
import { endFunction, startFunction } from '../latency/served.ts';

/** Deliveries of one event, the first included; the cloud tries for 24 hours. */
const DELIVERIES = 5;

/** The trigger on the memories of one space. */
export class ServedTrigger {
  readonly #child: ChildProcess;
  readonly #url: string;
  readonly #paths: SpacePaths;
  readonly #queue: { readonly id: string; readonly isLast: boolean }[] = [];
  #running = 0;
  #stopped = false;
  #failure: string | null = null;

  /** Starts the process, and from now on delivers. */
  static async start(paths: SpacePaths, databaseId: string): Promise<ServedTrigger> {
    const { child, url } = await startFunction('trigger.onMemoryWritten', 'cloudevent', databaseId);
    return new ServedTrigger(child, url, paths);
  }

  private constructor(child: ChildProcess, url: string, paths: SpacePaths) {
    this.#child = child;
    this.#url = url;
    this.#paths = paths;
  }

  /** Memories were written, each without the fields that the trigger fills in. */
  written(ids: readonly string[]): void {
    this.#queue.push(...ids.map((id) => ({ id, isLast: false })));
    this.#drain();
  }

  /** @throws Error if an event was given up */
  check(): void {
    if (this.#failure !== null) throw new Error(`An event was not delivered: ${this.#failure}`);
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await endFunction(this.#child);
  }

  /** Keeps as many deliveries under way as one instance takes. */
  #drain(): void {
    while (!this.#stopped && this.#running < EVENT_FUNCTION.concurrency) {
      const event = this.#queue.shift();
      if (event === undefined) return;
      this.#running += 1;
      this.#deliver(event.id)
        .then(() => {
          if (!event.isLast) this.#queue.push({ ...event, isLast: true });
        })
        .catch((error: unknown) => {
          if (!this.#stopped) this.#failure = String(error);
        })
        .finally(() => {
          this.#running -= 1;
          this.#drain();
        });
    }
  }

  async #deliver(memoryId: string): Promise<void> {
    const { path } = this.#paths.memory(memoryId);
    const project = process.env.GCLOUD_PROJECT ?? '';
    const event = {
      specversion: '1.0',
      id: randomUUID(),
      type: 'google.cloud.firestore.document.v1.written',
      source: `//firestore.googleapis.com/projects/${project}/databases/(default)`,
      subject: `documents/${path}`,
      time: new Date().toISOString(),
      ...{ project, database: '(default)', namespace: '(default)', location: 'local', document: path },
    };
    const headers = { 'content-type': 'application/cloudevents+json' };
    for (let delivery = 1; ; delivery += 1) {
      const response = await fetch(this.#url, { method: 'POST', headers, body: JSON.stringify(event) });
      const answer = await response.text();
      if (response.ok) return;
      if (delivery === DELIVERIES) throw new Error(`${response.status} ${answer}`);
    }
  }
}
