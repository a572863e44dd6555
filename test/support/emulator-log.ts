/** What the functions wrote to their log, as the emulators' logging service tells it. */
import { emulatorHost } from './emulators.ts';
import { until } from './poll.ts';

/** The log from its beginning, growing. */
export interface EmulatorLog {
  /** All of it, as JSON lines, as soon as one of them holds the text. Throws if none ever does. */
  until(text: string): Promise<string>;
  close(): void;
}

/** Opens the log; lines written before are in it too. */
export async function openEmulatorLog(): Promise<EmulatorLog> {
  const response = await fetch(`http://${emulatorHost('FIREBASE_EMULATOR_HUB')}/emulators`);
  const { logging } = (await response.json()) as { logging: { host: string; port: number } };
  const lines: string[] = [];
  const socket = new WebSocket(`ws://${logging.host}:${logging.port}`);
  socket.addEventListener('message', ({ data }) => lines.push(String(data)));
  return {
    until: (text) =>
      until(`a line with "${text}" in the log`, async () =>
        lines.some((line) => line.includes(text)) ? lines.join('\n') : null,
      ),
    close: () => socket.close(),
  };
}
