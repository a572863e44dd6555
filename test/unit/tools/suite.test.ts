import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { choosePorts, HOST, USUAL_PORTS } from '../../../tools/emulators/ports.ts';
import { suiteConfig, wantedPorts } from '../../../tools/emulators/suite-config.ts';
import { commandEnv, suiteEnv } from '../../../tools/emulators/suite-env.ts';
import { follower, lastLines, newRunDir } from '../../../tools/emulators/suite-log.ts';
import { useTempDir } from './temp-dir.ts';

describe('the ports of a suite', () => {
  it('are all different', async () => {
    const ports = Object.values(await choosePorts({}));
    assert.equal(new Set(ports).size, Object.keys(USUAL_PORTS).length);
  });

  it('are the wanted ones where they are free, and others where they are taken', async () => {
    const { auth: free } = await choosePorts({});
    assert.equal((await choosePorts({ firestore: free })).firestore, free);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(free, HOST, resolve));
    try {
      assert.notEqual((await choosePorts({ firestore: free })).firestore, free);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('the configuration of a suite', () => {
  const base = {
    functions: [{ source: 'functions', ignore: ['src'] }],
    firestore: { rules: 'firestore.rules' },
    emulators: { auth: { port: 1234 }, ui: { enabled: false } },
  };

  it('adds a port and the local address to each emulator and leaves the rest', () => {
    const config = suiteConfig(base, { ...USUAL_PORTS, firestore: 7, websocket: 8 }, { watch: true });
    assert.deepEqual(config.firestore, base.firestore);
    assert.deepEqual(config.functions, base.functions);
    const emulators = config.emulators as Record<string, unknown>;
    assert.deepEqual(emulators.firestore, { host: '127.0.0.1', port: 7, websocketPort: 8 });
    assert.deepEqual(emulators.ui, { enabled: false });
  });

  it('keeps the ports that firebase.json names', () => {
    const config = suiteConfig(base, USUAL_PORTS, { watch: true });
    assert.deepEqual((config.emulators as Record<string, unknown>).auth, { host: '127.0.0.1', port: 1234 });
    assert.deepEqual(wantedPorts(base, false), { auth: 1234 });
    assert.deepEqual(wantedPorts(base, true), { ...USUAL_PORTS, auth: 1234 });
  });

  it('watches no file of the functions unless asked to', () => {
    const config = suiteConfig(base, USUAL_PORTS, { watch: false });
    assert.deepEqual(config.functions, [{ source: 'functions', ignore: ['src', '**'] }]);
  });
});

describe('the environment of a suite', () => {
  const tools = { javaHome: '/jdk', firestoreJar: '/f.jar', settingsDir: '/settings' };

  it('puts its own Java first and marks its processes', () => {
    const env = suiteEnv({ PATH: '/usr/bin', JAVA_HOME: '/old' }, tools, 'a-mark');
    assert.match(env.PATH ?? '', /^\/jdk\/bin.\/usr\/bin$/);
    assert.equal(env.JAVA_HOME, '/jdk');
    assert.equal(env.FIREMEMORY_RUN, 'a-mark');
  });

  it('bounds the processes of the functions emulator, unless the user did', () => {
    assert.ok(Number(suiteEnv({}, tools, 'm').FUNCTIONS_EMULATOR_PARALLEL) >= 4);
    assert.equal(suiteEnv({ FUNCTIONS_EMULATOR_PARALLEL: '1' }, tools, 'm').FUNCTIONS_EMULATOR_PARALLEL, '1');
  });

  it('points a command at every emulator', () => {
    const addresses = {
      hub: 'h:1',
      auth: 'h:2',
      functions: 'h:3',
      firestore: 'h:4',
      hosting: 'h:5',
      tasks: 'h:6',
      eventarc: 'h:7',
    };
    assert.deepEqual(commandEnv({ KEPT: 'yes' }, addresses, 'm'), {
      KEPT: 'yes',
      GCLOUD_PROJECT: 'demo-firememory',
      FIREBASE_EMULATOR_HUB: 'h:1',
      FIREBASE_AUTH_EMULATOR_HOST: 'h:2',
      FUNCTIONS_EMULATOR_HOST: 'h:3',
      FIRESTORE_EMULATOR_HOST: 'h:4',
      HOSTING_EMULATOR_HOST: 'h:5',
      CLOUD_TASKS_EMULATOR_HOST: 'h:6',
      CLOUD_EVENTARC_EMULATOR_HOST: 'http://h:7',
      FIREMEMORY_RUN: 'm',
    });
  });
});

describe('the log of a suite', () => {
  const dir = useTempDir();

  it('is followed from where it was read last', () => {
    const file = dir.put('suite.log', 'one\n');
    const read = follower(file);
    assert.equal(read(), 'one\n');
    assert.equal(read(), '');
    appendFileSync(file, 'two\nthree\n');
    assert.equal(read(), 'two\nthree\n');
    assert.equal(lastLines(file, 2), 'two\nthree');
  });

  it('is kept for the last five runs', () => {
    for (let second = 10; second < 18; second += 1) newRunDir(dir.at('runs'), new Date(second * 1000), 1);
    const kept = readdirSync(dir.at('runs'));
    assert.deepEqual(
      kept.map((name) => name.slice(17, 19)),
      ['13', '14', '15', '16', '17'],
    );
  });
});
