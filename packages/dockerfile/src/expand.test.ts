// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the substitutions are of the Dockerfile language
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { vector } from '@lading/testkit';
import fc from 'fast-check';
import { expand, expandHeredoc, expandWords } from './expand.ts';

const vectorEnvironment = new Map([
  ['PWD', '/home'],
  ['SHELL', 'bash'],
  ['KOREAN', '한국어'],
  ['NULL', ''],
]);

function environment(values: Record<string, string>): (name: string) => string | undefined {
  return (name) => (Object.hasOwn(values, name) ? values[name] : undefined);
}

/** The result, or "error" as the vectors write it. */
function outcome<T>(action: () => T): T | 'error' {
  try {
    return action();
  } catch (error) {
    assert.ok(isLadingError(error, 'DOCKERFILE_INVALID'), String(error));
    return 'error';
  }
}

test('expand() agrees with every case of envVarTest, on Unix and on Windows', (t) => {
  const path = vector(t, 'dockerfile/envVarTest');
  if (path === undefined) return;
  let cases = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [platform = '', input = '', expected = ''] = line.split('|').map((part) => part.trim());
    for (const system of ['linux', 'windows'] as const) {
      if (platform !== 'A' && platform !== (system === 'windows' ? 'W' : 'U')) continue;
      const result = outcome(() => expand(input, (name) => vectorEnvironment.get(name), { platform: system }));
      assert.equal(result, expected, line);
      cases++;
    }
  }
  assert.ok(cases > 300, `only ${cases} cases`);
});

test('expandWords() agrees with every case of wordsTest', (t) => {
  const path = vector(t, 'dockerfile/wordsTest');
  if (path === undefined) return;
  const env: Record<string, string> = {};
  let cases = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('ENV ')) {
      const assignment = line.slice(4).replace(/^ +/, '');
      env[assignment.slice(0, assignment.indexOf('='))] = assignment.slice(assignment.indexOf('=') + 1);
      continue;
    }
    const [input = '', expected = ''] = line.split('|');
    const result = outcome(() => expandWords(input.trim(), environment(env)));
    assert.deepEqual(result === 'error' ? ['error'] : result, expected.replace(/^ +/, '').split(','), line);
    cases++;
  }
  assert.ok(cases > 15, `only ${cases} cases`);
});

test('expand() removes prefixes and suffixes, shortest and longest', () => {
  const env = environment({ F: 'xxyy', S: 'xx**', D: 'a***yy*', Q: '???y', B: 'x', E: '', P: '()[]{}^$.*?|\\x' });
  const cases: [string, string][] = [
    ['${F#*x*y}', 'y'],
    ['${F#*}', 'xxyy'],
    ['${F##*x}', 'yy'],
    ['${F##}', 'xxyy'],
    ['${F#$B}', 'xyy'],
    ['${F%y*}', 'xxy'],
    ['${F%%y*}', 'xx'],
    ['${S%%\\**}', 'xx'],
    ['${D%%\\**\\*}', 'a'],
    ['${Q#?\\?}', '?y'],
    ['${P#()[]{\\}^$.\\*\\?|\\\\}', 'x'],
    ['${F%%$E}', 'xxyy'],
    ['.${F%x}.', '.xxyy.'],
  ];
  for (const [word, expected] of cases) assert.equal(expand(word, env), expected, word);
});

test('expand() replaces the first or every match', () => {
  const env = environment({
    PATHS: '/foo*/*/*.txt',
    NEEDLE: '\\*/',
    TMP: '/tmp/tmp/bar.txt',
    T: '/tmp',
    F: 'xxyy',
    E: '',
    URL: 'http://example.org',
    FROM: 'http://',
    TO: 'https://',
    WIDE: '/a/foo/b/c.txt',
    ONE: '/?/',
  });
  const cases: [string, string][] = [
    ['${PATHS/$NEEDLE/.} ${PATHS//$NEEDLE/.}', '/foo.*/*.txt /foo..*.txt'],
    ['${TMP/$T/} ${TMP//$T/}', '/tmp/bar.txt /bar.txt'],
    ['${URL/$FROM/$TO}', 'https://example.org'],
    ['${WIDE/$ONE//}', '/foo/b/c.txt'],
    ['${T//\\//\\/}', '\\/tmp'],
    ['${F/$E/ww}', 'wwxxyy'],
    ['${F///}', 'xxyy'],
    ['${F//x/-}', '--yy'],
    ['${F//*/-}', '-'],
    ['${F//z/-}', 'xxyy'],
  ];
  for (const [word, expected] of cases) assert.equal(expand(word, env), expected, word);
});

test('expand() says what is wrong with a substitution', () => {
  const env = environment({ F: 'x' });
  const cases: [string, RegExp][] = [
    ['${F:=y}', /":=".*does not exist/],
    ['${F=y}', /"=".*does not exist/],
    ['${F:#y}', /":#"/],
    ['${F//ww}', /second "\/"|no closing/],
    ['${G:?set G first}', /G is required: set G first/],
    ['${G?}', /G is required: must be set/],
    ['${F', /no closing/],
    ['"x', /double quote is not closed/],
    ["'x", /single quote is not closed/],
    ['${F#\\a}', /escapes "a"/],
  ];
  for (const [word, message] of cases) {
    assert.throws(
      () => expand(word, env),
      (error) => isLadingError(error, 'DOCKERFILE_INVALID') && message.test(error.message),
      word,
    );
  }
});

test('expandWords() keeps text in front of a substitution that has a default', () => {
  assert.deepEqual(
    expandWords('a${X:-b} c', () => undefined),
    ['ab', 'c'],
  );
});

test('expandHeredoc() leaves quotes alone and reads variables', () => {
  const env = environment({ NAME: 'me' });
  assert.equal(expandHeredoc('"$NAME" \'${NAME}\' \\$NAME\n', env), '"me" \'me\' $NAME\n');
});

test('expand() can keep what is not set and the quotes, to show a command', () => {
  assert.equal(
    expand('echo "$A" $B ${C:-d}', environment({ A: '1' }), { keepUnset: true, keepQuotes: true }),
    'echo "1" $B ${C:-d}',
  );
});

test('expand() stops variables that blow up', () => {
  const env = environment({ A: 'x'.repeat(1 << 20) });
  assert.equal(
    outcome(() => expand('$A'.repeat(64), env)),
    'error',
  );
  assert.equal(
    outcome(() => expand('${A//x/$A}', env)),
    'error',
  );
  assert.equal(
    outcome(() => expand('${A//*x*x*x*y/z}', env)),
    'error',
  );
});

test('expand() stops substitutions nested without bound', () => {
  assert.equal(
    outcome(() => expand('${A:-'.repeat(100_000), () => undefined)),
    'error',
  );
});

test('expand() only throws DOCKERFILE_INVALID, whatever the word', () => {
  const word = fc.array(
    fc.oneof(
      fc.constantFrom('$', '{', '}', '${A', '${B:-', '"', "'", '\\', '/', '#', '%', '*', '?', ' ', '<<', ':', 'a'),
      fc.string(),
    ),
  );
  fc.assert(
    fc.property(word, (parts) => {
      const env = environment({ A: 'a/b*c', B: '' });
      outcome(() => expand(parts.join(''), env));
      outcome(() => expandWords(parts.join(''), env, { escape: '`' }));
    }),
  );
});

test('expand() returns quoted text as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const quoted = `'${text.replaceAll("'", `'"'"'`)}'`;
      assert.equal(
        expand(quoted, () => undefined),
        text,
      );
      assert.deepEqual(
        expandWords(quoted, () => undefined),
        text === '' ? [] : [text],
      );
    }),
  );
});
