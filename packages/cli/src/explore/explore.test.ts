import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { pathHistory } from '@lading/filetree';
import fc from 'fast-check';
import { exploredSample, sampleDirectory, sampleFile } from '../testing/explored-sample.ts';
import { fit, widthOf } from './cells.ts';
import { contentText } from './content-text.ts';
import { type ExploreState, openState } from './explore-state.ts';
import type { ExploredImage } from './explored-image.ts';
import { keysIn } from './key.ts';
import { createPaint } from './paint.ts';
import { type ExploreEvent, reduce } from './reduce.ts';
import { render } from './render.ts';

const paint = createPaint({ colour: true });
let image: ExploredImage;

before(async () => {
  image = await exploredSample([
    {
      instruction: 'ADD base /',
      entries: [
        sampleDirectory('etc'),
        sampleFile('etc/motd', 'hello'),
        sampleFile('etc/old', '123456789'),
        sampleDirectory('usr'),
        sampleFile('usr/tool', 'x'.repeat(2000), { mode: 0o4755 }),
      ],
    },
    {
      instruction: 'RUN \u001b[31mchange\n it',
      entries: [
        sampleFile('etc/motd', 'hello you'),
        sampleFile('etc/.wh.old'),
        sampleFile('srv/名前\u001b[2J', 'new'),
        sampleFile('srv/\udcff', 'not UTF-8'),
        { ...sampleFile('srv/link'), type: 'symlink', mode: 0o777, linkPath: '/usr/tool' },
      ],
    },
  ]);
});

function press(state: ExploreState, ...keys: string[]): ExploreState {
  return keys.reduce((at, key) => reduce(at, { kind: 'key', key }).state, state);
}

function tree(state: ExploreState): string[] {
  return state.rows.map(({ name, change, size, depth }) => `${'  '.repeat(depth)}${name} ${change ?? '='} ${size}`);
}

function screen(state: ExploreState): string[] {
  return render(state, paint).map((line) => stripVTControlCharacters(line).trimEnd());
}

test('the platform of a config and the name of an archive cannot steer the terminal', () => {
  const hostile = { ...image, name: 'app\u001b[2J', platform: 'linux/\u001b]0;amd64' };
  const [head = ''] = render(openState(hostile, { columns: 120, lines: 20 }), (text) => text);
  assert.match(head, /^ app\\x1b\[2J \(linux\/\\x1b\]0;amd64\) {3}/);
});

test('the explorer begins with all files of the image, as its topmost layer shows them', () => {
  const state = openState(image, { columns: 120, lines: 20 });
  assert.deepEqual(tree(state), ['etc = 9', 'srv added 12', 'usr = 2000']);
  assert.deepEqual(tree(press(state, 'right')), [
    'etc = 9',
    '  motd modified 9',
    '  old removed 9',
    'srv added 12',
    'usr = 2000',
  ]);
});

test('a layer shows what it changed, and a lower one what there was then', () => {
  const state = openState(image, { columns: 120, lines: 20 });
  assert.deepEqual(tree(press(state, 'm', 'e')).slice(0, 4), [
    'etc = 18',
    '  motd modified 9',
    '  old removed 9',
    'srv added 12',
  ]);
  assert.deepEqual(tree(press(state, 'e', '[')), [
    'etc added 14',
    '  motd added 5',
    '  old added 9',
    'usr added 2000',
    '  tool added 2000',
  ]);
  assert.deepEqual(tree(press(state, 'e', 'f', 'f', 'f')), ['etc = 9', '  old removed 9']);
});

test('sorting is by size, and the cursor stays on its path whatever is shown', () => {
  const state = press(openState(image, { columns: 120, lines: 20 }), 'e', 's');
  assert.deepEqual(
    state.rows.filter(({ depth }) => depth === 0).map(({ name }) => name),
    ['usr', 'srv', 'etc'],
  );
  const at = press(state, 'end', 's');
  assert.equal(at.rows[at.cursor]?.history.path, 'etc/old');
  // Where it is not shown any more, on the nearest above that is.
  const closed = press(at, 'c');
  assert.equal(closed.rows[closed.cursor]?.history.path, 'etc');
});

test('a search shows what has the text in its path, wherever it is, until it is given up', () => {
  const state = press(openState(image, { columns: 120, lines: 20 }), '/', 'O', 'L');
  assert.deepEqual(tree(state), ['etc = 9', '  old removed 9', 'usr = 2000', '  tool = 2000']);
  // Of a directory that has the text, what is inside is shown once it is opened.
  assert.deepEqual(tree(press(state, 'backspace', 'backspace', 'u', 's', 'r', 'enter')), ['usr = 2000']);
  assert.equal(press(state, 'backspace', 'backspace', 'u', 's', 'r', 'enter', 'right').rows.length, 2);
  assert.deepEqual(tree(press(state, 'backspace', 'backspace', ...'usr/to', 'enter')), ['usr = 2000', '  tool = 2000']);
  const kept = press(state, 'enter', 'end');
  assert.equal(kept.rows[kept.cursor]?.name, 'tool');
  assert.equal(press(kept, 'escape').rows.length, 3);
  assert.equal(press(state, 'backspace', 'backspace', 'escape').isTyping, false);
});

test('a file is read when it is entered, and what comes too late is not shown', () => {
  const state = press(openState(image, { columns: 120, lines: 20 }), 'right', 'down');
  const entered = reduce(state, { kind: 'key', key: 'enter' });
  assert.equal(entered.effect?.kind, 'read');
  assert.equal(entered.state.pane?.title, 'etc/motd');
  const content: ExploreEvent = { kind: 'content', title: 'etc/motd', text: ['hello you'] };
  assert.ok(screen(reduce(entered.state, content).state).some((line) => line.endsWith(' hello you')));
  assert.equal(reduce(press(entered.state, 'escape'), content).state.pane, undefined);
});

test('the screen has layers at the left, files at the right, and letters for what changed', () => {
  const state = press(openState(image, { columns: 110, lines: 14 }), 'e');
  assert.deepEqual(
    screen(state).map((line) => line.slice(42)),
    [
      screen(state)[0]!.slice(42),
      '      SIZE  MODE       OWNER      FILE',
      '       9 B  drwxr-xr-x 0:0        ▾ etc/',
      'M      9 B  -rw-r--r-- 0:0            motd',
      'D      9 B  -rw-r--r-- 0:0            old',
      'A     12 B  drwxr-xr-x 0:0        ▾ srv/',
      'A      0 B  lrwxrwxrwx 0:0            link → /usr/tool',
      'A      3 B  -rw-r--r-- 0:0            名前\\x1b[2J',
      'A      9 B  -rw-r--r-- 0:0            \\xff',
      '    2.0 kB  drwxr-xr-x 0:0        ▾ usr/',
      '    2.0 kB  -rwsr-xr-x 0:0            tool',
      '',
      '',
      screen(state)[13]!.slice(42),
    ],
  );
  assert.match(screen(state)[2]!, /^ {2}1 +\d\.\d kB {2}ADD base \//);
  assert.match(screen(state)[3]!, /^ {2}2 +\d\.\d kB {2}RUN \\x1b\[31mchange it/);
});

test('whatever is pressed on whatever screen, every line is exactly as wide as the screen and steers nothing', () => {
  const keys = [
    'up',
    'down',
    'left',
    'right',
    'enter',
    'tab',
    'm',
    'f',
    's',
    'e',
    'c',
    '[',
    ']',
    '/',
    'o',
    'escape',
    '?',
    'end',
    'page-up',
    'backspace',
    '名',
  ];
  const event: fc.Arbitrary<ExploreEvent> = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...keys).map((key) => ({ kind: 'key', key }) as const) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('resized' as const),
        columns: fc.integer({ min: 1, max: 150 }),
        lines: fc.integer({ min: 4, max: 40 }),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      let state = openState(image, { columns: 80, lines: 24 });
      for (const one of events) {
        ({ state } = reduce(state, one));
        assert.ok(state.rows.length === 0 || state.rows[state.cursor] !== undefined);
        const lines = render(state, createPaint({ colour: false })).map(stripVTControlCharacters);
        assert.equal(lines.length, state.lines);
        for (const line of lines) {
          assert.equal(widthOf(line), state.columns, JSON.stringify(line));
          assert.ok(!/\p{Cc}/u.test(line), JSON.stringify(line));
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('100,000 files stay fluent: the cost of a frame is that of the screen', () => {
  const plain = { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, mtime: 0 } as const;
  const entries = Array.from({ length: 100_000 }, (_, at) => ({
    ...plain,
    path: `d${at % 300}/f${at}`,
    contentOffset: at,
  }));
  const top = { entries: [{ ...plain, path: 'd7/f7' }], whiteouts: [] };
  const root = pathHistory([{ entries, whiteouts: [] }, top]);
  const large: ExploredImage = { ...image, root };
  let state = press(openState(large, { columns: 160, lines: 50 }), 'e');
  assert.equal(state.rows.length, 100_300);
  const started = performance.now();
  for (let at = 0; at < 200; at += 1) {
    state = press(state, at % 3 === 0 ? 'page-down' : 'down');
    render(state, paint);
  }
  const perFrame = (performance.now() - started) / 200;
  // Measured: 0.3 ms. The bound is for machines that do something else meanwhile.
  assert.ok(perFrame < 10, `${perFrame} ms for each frame`);
});

test('keys are told apart however the terminal writes them', () => {
  assert.deepEqual(keysIn('j\u001b[A\u001bOB\u001b[5~\u001b\r\u0003é'), [
    'j',
    'up',
    'down',
    'page-up',
    'escape',
    'enter',
    'ctrl-c',
    'é',
  ]);
  assert.deepEqual(keysIn('\u001b'), ['escape']);
  assert.deepEqual(keysIn('\u001b[99;5X\u001b[1;5Aq'), ['q']);
});

test('fit() gives exactly so many cells, whatever the text', () => {
  assert.equal(fit('名前.txt', 6), '名前.…');
  assert.equal(fit('名前', 4), '名前');
  assert.equal(fit('名前', 3), '名…');
  assert.equal(fit('名前', 2), '… ');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 20 }), (text, cells) => {
      const shown = text.replace(/\p{Cc}/gu, '');
      assert.equal(widthOf(fit(shown, cells)), cells);
    }),
  );
});

test('content is shown as text where it is text, also where a character is cut, and else as bytes', () => {
  assert.deepEqual(contentText(Buffer.from('a\tb\r\n\u001b[2Jc\n'), 11), ['a    b', '\\x1b[2Jc']);
  assert.deepEqual(contentText(Buffer.from('né').subarray(0, 2), 3), ['n', '', '… 1 more bytes']);
  assert.deepEqual(contentText(Buffer.from([0, 0x41, 0xff]), 3), [`00000000  00 41 ff${' '.repeat(39)}  .A.`]);
});

test('without colours the same is said with letters, and nothing is coloured', () => {
  const state = press(openState(image, { columns: 110, lines: 14 }), 'e');
  const plain = render(state, createPaint({ colour: false })).join('\n');
  for (const colour of [31, 32, 33]) assert.ok(!plain.includes(`\u001b[${colour}m`));
  assert.ok(render(state, paint).join('\n').includes('\u001b[33m'));
});
