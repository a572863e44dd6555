import assert from 'node:assert/strict';
import { OperationError } from '../../../functions/src/errors.ts';
import { embedderSettings } from '../../../functions/src/search/embedder-settings.ts';
import { logged } from '../../support/logged.ts';

const NAMES = ['', '_MODEL', '_DIMENSIONS', '_URL', '_LOCATION', '_KEY'].map(
  (part) => `FIREMEMORY_EMBEDDER${part}`,
);

/** The settings where the parameters have these values, each named by what follows `FIREMEMORY_EMBEDDER`. */
function settingsOf(values: Readonly<Record<string, string>>): { result: unknown; logged: string } {
  const project = process.env.FIREBASE_CONFIG;
  process.env.FIREBASE_CONFIG = '{"projectId":"a-project"}';
  for (const [part, value] of Object.entries(values)) process.env[`FIREMEMORY_EMBEDDER${part}`] = value;
  try {
    return logged(() => {
      try {
        return embedderSettings();
      } catch (error) {
        return error;
      }
    });
  } finally {
    for (const name of NAMES) delete process.env[name];
    if (project === undefined) delete process.env.FIREBASE_CONFIG;
    else process.env.FIREBASE_CONFIG = project;
  }
}

const OPENAI = { '': 'openai', _KEY: 'k' };
const GEMINI = { '': 'gemini', _KEY: 'k' };
const VERTEX = { '': 'gemini', _LOCATION: 'europe-west1' };

describe('the choice of an embedder', () => {
  it('is the local one where nothing is said, and needs nothing else', () => {
    for (const values of [{}, { '': '' }, { '': ' local ' }, { '': 'local', _MODEL: 'ignored' }]) {
      assert.deepEqual(settingsOf(values).result, { kind: 'local' });
    }
  });

  const SOUND: readonly (readonly [Readonly<Record<string, string>>, unknown])[] = [
    [GEMINI, { model: 'gemini-embedding-001', dimensions: 768, access: { key: 'k' } }],
    [
      { ...GEMINI, _MODEL: 'gemini-embedding-2', _DIMENSIONS: '1536' },
      { model: 'gemini-embedding-2', dimensions: 1536, access: { key: 'k' } },
    ],
    [
      VERTEX,
      {
        model: 'gemini-embedding-001',
        dimensions: 768,
        access: { project: 'a-project', location: 'europe-west1' },
      },
    ],
    [
      OPENAI,
      {
        model: 'text-embedding-3-small',
        dimensions: 1536,
        shorten: false,
        url: 'https://api.openai.com/v1',
        key: 'k',
      },
    ],
    [
      { ...OPENAI, _MODEL: 'text-embedding-3-large', _DIMENSIONS: '1024' },
      {
        model: 'text-embedding-3-large',
        dimensions: 1024,
        shorten: true,
        url: 'https://api.openai.com/v1',
        key: 'k',
      },
    ],
    [
      { ...OPENAI, _MODEL: 'BAAI/bge-m3', _DIMENSIONS: '1', _URL: 'http://10.0.0.5:8080/v1' },
      { model: 'BAAI/bge-m3', dimensions: 1, shorten: true, url: 'http://10.0.0.5:8080/v1', key: 'k' },
    ],
  ];
  for (const [values, options] of SOUND) {
    it(`is what the parameters say: ${JSON.stringify(values)}`, () => {
      assert.deepEqual(settingsOf(values).result, { kind: values[''], options });
    });
  }

  it('may be a server without encryption in a private network alone', () => {
    const accepted = (url: string) => !(settingsOf({ ...OPENAI, _URL: url }).result instanceof Error);
    for (const host of [
      ...['localhost', '127.0.0.1:8080', '[::1]:80', '10.1.2.3', '192.168.0.1', '172.16.0.1', '172.31.9.9'],
      ...['tei.europe-west1-b.c.my-project.internal', '[fd00::1]'],
    ]) {
      assert.ok(accepted(`http://${host}/v1`), host);
    }
    for (const host of [
      'example.com',
      '11.0.0.1',
      '172.32.0.1',
      '10.example.com',
      'internal',
      '[2001:db8::1]',
    ]) {
      assert.ok(!accepted(`http://${host}/v1`), host);
      assert.ok(accepted(`https://${host}/v1`), host);
    }
  });

  const WRONG: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ['', {}, ['Local', 'opnai', 'vertex', 'none', 'true']],
    ['_MODEL', GEMINI, ['a/b', 'a b', '../x', 'UPPER', 'x'.repeat(101)]],
    ['_MODEL', OPENAI, ['a b', 'modèle', 'x'.repeat(201)]],
    ['_DIMENSIONS', GEMINI, ['0', '-1', '3073', '1.5', '1e2', 'many', '0768']],
    ['_DIMENSIONS', { ...OPENAI, _MODEL: 'another' }, ['', '4096']],
    ['_URL', GEMINI, ['https://example.com']],
    [
      '_URL',
      OPENAI,
      [
        ...[
          'api.openai.com',
          'ftp://example.com',
          'http://example.com',
          'https://user:hunter2@example.com/v1',
        ],
        ...['https://example.com/v1?key=hunter2', 'https://example.com/#hunter2', 'file:///etc/passwd'],
      ],
    ],
    ['_LOCATION', GEMINI, ['Europe', 'a/b', 'evil.example.com', '..']],
    ['_LOCATION', OPENAI, ['us-central1']],
    ['_KEY', { '': 'openai' }, ['', 'two words', 'a\nb', 'schlüssel']],
    ['_KEY', { '': 'gemini' }, ['', 'a\r\nx: hunter2']],
  ];
  for (const [part, values, wrong] of WRONG) {
    const name = `FIREMEMORY_EMBEDDER${part}`;
    it(`fails where ${name} is not what it may be with ${values[''] ?? 'anything'}, and the log names it alone`, () => {
      for (const value of wrong) {
        const { result, logged } = settingsOf({ ...values, [part]: value });
        assert.ok(result instanceof OperationError, value);
        assert.deepEqual([result.code, result.details.reason], ['internal', 'invalid-configuration']);
        assert.ok(!result.message.includes(name), 'a client learns nothing of it');
        assert.ok(logged.includes(`"${name}"`), logged);
        assert.ok(!logged.includes('hunter2'), logged);
      }
    });
  }
});
