import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exampleText } from './example-text.ts';
import { patternCost } from './pattern-cost.ts';
import { isPlaceholder } from './placeholder.ts';
import { defaultReach } from './rule.ts';
import { compileRules } from './rule-set.ts';
import { allSecretRules } from './rules/all-rules.ts';
import { textScanner } from './scan-text.ts';

const scan = textScanner(compileRules(allSecretRules));

/** A path that rules are for which are only for some. */
const paths = [
  'etc/shadow',
  'root/.netrc',
  'root/.pgpass',
  'root/.htpasswd',
  'root/.pypirc',
  'root/.kube/config',
  'root/.s3cfg',
  'root/.my.cnf',
  'root/.msmtprc',
  'root/.config/rclone/rclone.conf',
  'root/.kaggle/kaggle.json',
  'root/.composer/auth.json',
  'app/config/master.key',
  'app/terraform.tfstate',
  'app/config.txt',
];

function pathFor(only: string | undefined): string {
  const path = paths.find((each) => only === undefined || new RegExp(only).test(each));
  assert.ok(path !== undefined, `no path in this test matches ${only}`);
  return only === undefined ? 'app/config.txt' : path;
}

test('every rule finds its examples and ignores those that are none', () => {
  for (const { id, paths: only, finds, ignores } of allSecretRules) {
    assert.ok(finds.length > 0 && ignores.length > 0, `${id} has no examples`);
    const found = (example: string): boolean =>
      scan(pathFor(only), Buffer.from(exampleText(example), 'latin1')).some(({ rule }) => rule === id);
    for (const example of finds) assert.ok(found(example), `${id} does not find ${example}`);
    for (const example of ignores) assert.ok(!found(example), `${id} finds ${example}`);
  }
});

test('there are at least 150 kinds of secrets, each with an id of its own and a title', () => {
  assert.ok(allSecretRules.length >= 150);
  assert.equal(new Set(allSecretRules.map(({ id }) => id)).size, allSecretRules.length);
  for (const { id, title } of allSecretRules) {
    assert.match(id, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    assert.match(title, /^[A-Za-z1.].*[^.]$/);
  }
});

test('no pattern can take more than a bounded number of steps, nor read more than a bounded number of bytes', () => {
  for (const { id, pattern, ignoreCase, reach = defaultReach, allow = [] } of allSecretRules) {
    const { length } = patternCost(pattern, ignoreCase);
    assert.ok(length <= reach, `${id} reaches over ${length} bytes, not ${reach}`);
    for (const each of allow) assert.doesNotThrow(() => patternCost(each), `${id}: ${each}`);
  }
});

test('every rule takes milliseconds for the text that is made to be worst for it', () => {
  for (const { id, keywords, finds, paths: only } of allSecretRules) {
    const [keyword = ''] = keywords;
    const likely = exampleText(finds[0] ?? '').slice(0, 2000);
    for (const piece of [
      `${keyword}="`,
      `${keyword}${'A'.repeat(50)}`,
      `${keyword}0/`,
      likely.slice(0, -1),
      `${likely}A-`,
    ]) {
      const text = Buffer.alloc(8000, piece, 'latin1');
      const began = process.cpuUsage();
      scan(pathFor(only), text);
      const { user } = process.cpuUsage(began);
      // What backtracks without bound takes seconds, or never ends.
      assert.ok(user < 200_000, `${id} takes ${user / 1000} ms for 8 kB of ${JSON.stringify(piece.slice(0, 60))}`);
    }
  }
});

test('placeholders are no secrets, whatever the rule', () => {
  for (const value of [
    'xxxxxxxxxxxxxxxx',
    'YOUR_API_KEY',
    '<token>',
    '$TOKEN',
    '{{ token }}',
    'abcabcabcabcabc',
    'change-me',
  ]) {
    assert.ok(isPlaceholder(value), value);
  }
  for (const value of ['x7Kq2mVw9', 'correct-horse-battery', 'Zq8!fK2#']) assert.ok(!isPlaceholder(value), value);
});

test('the source of the rules holds nothing that they take for a secret', () => {
  for (const file of globSync('{rules/,}*.ts', { cwd: import.meta.dirname })) {
    const found = scan('app/file.ts', readFileSync(join(import.meta.dirname, file))).filter(
      ({ severity }) => severity !== 'medium',
    );
    assert.deepEqual(
      found.map(({ rule, line, excerpt }) => [file, rule, line, excerpt]),
      [],
    );
  }
});
