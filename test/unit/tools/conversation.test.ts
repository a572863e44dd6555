import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineOfPath } from '../../../tools/conversation/json-position.ts';
import { parseEvidence, parseLocomoTime } from '../../../tools/conversation/locomo.ts';
import {
  ConversationError,
  readConversation,
  readConversations,
} from '../../../tools/conversation/read-conversation.ts';

const turn = (speaker: string, id: string, text: string) => ({ speaker, dia_id: id, text });

/** Two conversations of our own, in the format of LoCoMo; the later session stands first, as it may. */
const LOCOMO = [
  {
    sample_id: 'conv-a',
    conversation: {
      speaker_a: 'Ida',
      speaker_b: 'Tom',
      session_10_date_time: '12:05 am on 1 March, 2024',
      session_10: [turn('Tom', 'D10:1', 'The boat is blue now.')],
      session_2_date_time: '1:56 pm on 8 May, 2023',
      session_2: [
        turn('Ida', 'D2:1', 'We bought a boat!'),
        { ...turn('Tom', 'D2:2', 'Look at it.'), blip_caption: 'a red boat', img_url: ['x'] },
      ],
      session_11_date_time: '9:00 am on 2 March, 2024',
    },
    qa: [
      { question: 'What did they buy?', answer: 'A boat', evidence: ['D2:1'], category: 1 },
      { question: 'Which colours did it have?', evidence: ['D2:2; D10:1', 'D2:2'], category: 2 },
      { question: 'Who never spoke?', evidence: ['D2:1'], category: 5 },
      { question: 'What cannot be found?', evidence: ['D', 'D9:9', 'D:2:1'], category: 4 },
    ],
  },
  {
    sample_id: 'conv-b',
    conversation: { speaker_a: 'Ann', speaker_b: 'Bo', session_1: [turn('Bo', 'D1:1', 'Hi.')] },
    qa: [],
  },
];

describe('readConversation', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'firememory-conversation-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }
  const failure = (path: string, conversation?: string): string => {
    try {
      readConversation(path, { conversation });
    } catch (error) {
      assert.ok(error instanceof ConversationError);
      return error.message.replaceAll(`${folder}/`, '');
    }
    return assert.fail('should have been refused');
  };

  describe('of a LoCoMo file', () => {
    it('keeps turns in the order of their sessions, with date, speaker, role, picture and id', () => {
      const { id, turns } = readConversation(file('locomo.json', JSON.stringify(LOCOMO)));
      assert.equal(id, 'conv-a');
      const may = '2023-05-08T13:56:00.000Z';
      assert.deepEqual(turns, [
        turnOf('session_2', may, 'Ida', 'user', 'Ida: We bought a boat!', 'D2:1'),
        turnOf('session_2', may, 'Tom', 'assistant', 'Tom: Look at it. [a red boat]', 'D2:2'),
        turnOf(
          'session_10',
          '2024-03-01T00:05:00.000Z',
          'Tom',
          'assistant',
          'Tom: The boat is blue now.',
          'D10:1',
        ),
      ]);
    });

    it('keeps the questions that keep evidence and are not of category 5', () => {
      assert.deepEqual(readConversation(file('locomo.json', JSON.stringify(LOCOMO))).questions, [
        { question: 'What did they buy?', evidence: ['D2:1'], category: 1 },
        { question: 'Which colours did it have?', evidence: ['D2:2', 'D10:1'], category: 2 },
      ]);
    });

    it('reads the conversation that is asked for, also one without dates and questions', () => {
      const path = file('locomo.json', JSON.stringify(LOCOMO));
      const { id, turns, questions } = readConversation(path, { conversation: 'conv-b' });
      assert.equal(id, 'conv-b');
      assert.deepEqual(turns, [turnOf('session_1', null, 'Bo', 'assistant', 'Bo: Hi.', 'D1:1')]);
      assert.deepEqual(questions, []);
    });

    it('reads all of its conversations, in its order', () => {
      const all = readConversations(file('locomo.json', JSON.stringify(LOCOMO)));
      assert.deepEqual(
        all.map(({ id, turns, questions }) => [id, turns.length, questions.length]),
        [
          ['conv-a', 3, 2],
          ['conv-b', 1, 0],
        ],
      );
    });

    it('names the conversations that there are when it has no such one', () => {
      const path = file('locomo.json', JSON.stringify(LOCOMO));
      assert.equal(
        failure(path, 'conv-z'),
        'locomo.json: holds no conversation "conv-z", only conv-a, conv-b',
      );
    });

    const flaws: [string, string, string, string][] = [
      [
        'a turn without text',
        '"text": "We bought a boat!"',
        '"says": 1',
        'conversation.session_2.0.text should',
      ],
      [
        'a time that is none',
        '1:56 pm on 8 May, 2023',
        '1:56 pm on 31 June, 2023',
        'session_2_date_time should',
      ],
      [
        'a session that is no list',
        '"session_10": [',
        '"session_10": 3, "x": [',
        'session_10 should be an array',
      ],
      ['an evidence that is no text', '"D9:9"', '9', 'qa.3.evidence.1 should be a string'],
      ['a conversation without a name', '"sample_id": "conv-b"', '"sample_id": ""', '1.sample_id is empty'],
    ];
    for (const [what, from, to, wrong] of flaws) {
      it(`names file, line and place of ${what}`, () => {
        const content = JSON.stringify(LOCOMO, null, 2);
        const message = failure(file('bad.json', content.replace(from, to)));
        const line = content.slice(0, content.indexOf(from)).split('\n').length;
        const named = Number(/^bad\.json, line (\d+): /.exec(message)?.[1]);
        // Where the value itself is missing, the line is that of the object that should hold it.
        assert.ok(named === line || (to.includes('says') && named < line && named > line - 4), message);
        assert.ok(message.includes(wrong), message);
      });
    }

    it('names the line on which a file stops being JSON', () => {
      assert.match(
        failure(file('bad.json', '[\n  {"sample_id": "x",\n  oops\n}]')),
        /^bad\.json, line 3: is not JSON/,
      );
      assert.match(failure(file('bad.json', '[\n  {"sample_id":\n')), /^bad\.json, line 3: is not JSON/);
    });

    it('says so when a file is missing or holds nothing', () => {
      assert.equal(failure(join(folder, 'none.json')), 'none.json: cannot be read.');
      assert.equal(failure(file('bad.json', '[]')), 'bad.json: holds no conversations');
    });
  });

  describe('of JSON lines', () => {
    it('reads roles and speakers, times and sessions, and passes over blank lines and other fields', () => {
      const lines = [
        '\uFEFF{"role":"user","text":"Hi","at":"2026-03-01T12:00:00+01:00","session":"s-1","ref":"a"}',
        '',
        '{"role":"assistant","speaker":"Fire","text":"Hello","at":"2026-03-01","model":"x"}\r',
        '{"role":"user","text":"Bye","at":"2026-03-01 12:30"}',
      ];
      const { id, turns, questions } = readConversation(file('my talk.jsonl', lines.join('\n')));
      assert.equal(id, 'my talk');
      assert.deepEqual(questions, []);
      assert.deepEqual(turns, [
        turnOf('s-1', '2026-03-01T11:00:00.000Z', 'user', 'user', 'Hi', 'a'),
        turnOf('session_1', '2026-03-01T00:00:00.000Z', 'Fire', 'assistant', 'Hello'),
        turnOf('session_1', '2026-03-01T12:30:00.000Z', 'user', 'user', 'Bye'),
      ]);
    });

    it('takes the first speaker for the user where only names are given', () => {
      const lines = ['Ida', 'Tom', 'Ida', 'assistant'].map((speaker) =>
        JSON.stringify({ speaker, text: 'x' }),
      );
      const { turns } = readConversation(file('names.jsonl', lines.join('\n')));
      assert.deepEqual(
        turns.map(({ role }) => role),
        ['user', 'assistant', 'user', 'assistant'],
      );
    });

    const good = '{"role":"user","text":"Hi"}';
    const flaws: [string, string, RegExp][] = [
      ['is not JSON', '{"role":"user"', /is not JSON: /],
      ['is no object', '7', /should be an object, but is number/],
      ['says neither who', '{"text":"Hi"}', /says neither "speaker" nor "role"/],
      ['nor what', '{"role":"user"}', /text should be a string, but is missing/],
      ['is blank', '{"role":"user","text":" "}', /text is empty/],
      [
        'is too long',
        JSON.stringify({ role: 'user', text: 'é'.repeat(20_000) }),
        /text has 40000 bytes; .* 32768/,
      ],
      ['has another role', '{"role":"robot","text":"Hi"}', /role should be "user" or "assistant"/],
      ['has no such time', '{"role":"user","text":"Hi","at":"2026-13-01"}', /at should be a time such as/],
      [
        'has a time of another form',
        '{"role":"user","text":"Hi","at":"8 May"}',
        /at should be a time such as/,
      ],
      [
        'has a session that is no id',
        '{"role":"user","text":"Hi","session":"a/b"}',
        /session should be 1 to 128/,
      ],
    ];
    for (const [what, line, wrong] of flaws) {
      it(`names file and line of a turn that ${what}`, () => {
        const message = failure(file('bad.jsonl', `${good}\n\n${line}\n${good}\n`));
        assert.ok(message.startsWith('bad.jsonl, line 3: '), message);
        assert.match(message, wrong);
      });
    }

    it('refuses a file without turns, and the choice of a conversation', () => {
      assert.equal(failure(file('bad.jsonl', '\n \n')), 'bad.jsonl: holds no turns.');
      assert.match(failure(file('bad.jsonl', good), 'conv-a'), /^bad\.jsonl: is not a LoCoMo file/);
    });
  });
});

function turnOf(
  session: string,
  at: string | null,
  speaker: string,
  role: string,
  text: string,
  ref?: string,
): Record<string, unknown> {
  return { session, at, speaker, role, text, ...(ref === undefined ? {} : { ref }) };
}

describe('parseLocomoTime', () => {
  const times: [string, string][] = [
    ['12:00 am on 29 February, 2024', '2024-02-29T00:00:00.000Z'],
    ['12:00 pm on 1 January, 2024', '2024-01-01T12:00:00.000Z'],
    ['11:59 pm on 31 December, 2023', '2023-12-31T23:59:00.000Z'],
  ];
  for (const [text, expected] of times) {
    it(`reads ${text}`, () => assert.equal(parseLocomoTime([], text), expected));
  }
  for (const text of [
    '13:00 pm on 1 May, 2024',
    '0:10 am on 1 May, 2024',
    '1:60 pm on 1 May, 2024',
    '1:10 pm',
  ]) {
    it(`refuses ${text}`, () => assert.throws(() => parseLocomoTime([], text), /should be a time/));
  }
});

describe('parseEvidence', () => {
  it('takes every id that is a turn, once', () => {
    const refs = new Set(['D1:1', 'D8:6', 'D9:17']);
    assert.deepEqual(parseEvidence(['D8:6; D9:17', 'D8:6', 'D1:1,D1:10', 'D'], refs), [
      'D8:6',
      'D9:17',
      'D1:1',
    ]);
  });
});

describe('lineOfPath', () => {
  const json = '{\n"a": [],\n"b": {},\n"c": [\n{"d": "x, ]\\" : {"},\n[1,\n2]\n],\n"e":\nnull}';
  const cases: [(string | number)[], number][] = [
    [[], 1],
    [['a'], 2],
    [['b'], 3],
    [['c', 0, 'd'], 5],
    [['c', 1], 6],
    [['c', 1, 1], 7],
    [['e'], 10],
    [['c', 0, 'missing'], 5],
    [['missing'], 1],
  ];
  it('is not misled by empty objects and arrays on the way', () => {
    assert.equal(lineOfPath('{"a":\n{"b": {}, "c": [],\n"d": [{}, [],\n7]}}', ['a', 'd', 2]), 4);
  });
  for (const [path, line] of cases) {
    it(`finds ${JSON.stringify(path)} on line ${line}`, () => assert.equal(lineOfPath(json, path), line));
  }
});
