import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FoundSecret } from '@lading/facts';
import fc from 'fast-check';
import { createSecretScanner } from './create-secret-scanner.ts';
import { exampleText } from './example-text.ts';
import { maxFindings } from './file-scan.ts';
import { fingerprintOf } from './fingerprint.ts';
import { parseSecretRules } from './parse-secret-rules.ts';
import { allSecretRules } from './rules/all-rules.ts';

const scanner = createSecretScanner();
const github = exampleText('ghp_{alnum:36}');

function find(content: Uint8Array | string, path = 'app/config.txt', size?: number): readonly FoundSecret[] {
  const bytes = Buffer.from(content as string);
  const file = scanner.begin(path, size ?? bytes.length, bytes);
  file?.push(bytes);
  return file?.end() ?? [];
}

test('a secret is told with rule, line, and the line without it', () => {
  const text = `# the deployment\n\n  token: "${github}"  # until May\n`;
  const [found, ...others] = find(text);
  assert.deepEqual(others, []);
  assert.deepEqual(found, {
    rule: 'github-pat',
    title: 'GitHub personal access token',
    severity: 'critical',
    location: 'app/config.txt',
    line: 3,
    excerpt: 'token: "ghp_********"  # until May',
    fingerprint: fingerprintOf('github-pat', github),
  });
});

test('what is found does not depend on how the content arrives', () => {
  const examples = allSecretRules
    .filter(({ paths }) => paths === undefined)
    .flatMap(({ finds }) => finds.map(exampleText));
  const filler = 'lorem ipsum dolor sit amet, consectetur\n'.repeat(30);
  // Longer than the scanner's buffer, with secrets all along it, so that some lie where pieces meet.
  let text = '';
  for (let index = 0; text.length < 700_000; index++) text += `${filler}${examples[index % examples.length]}\n`;
  const bytes = Buffer.from(text, 'latin1');
  const whole = find(bytes);
  assert.ok(whole.length >= maxFindings);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 6 }), (sizes) => {
      const file = scanner.begin('app/config.txt', bytes.length, bytes.subarray(0, 64));
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length] as number;
        const chunk = Buffer.from(bytes.subarray(at, at + Math.max(size, 1000)));
        file?.push(chunk);
        // The chunk is the reader's only until it asks for the next.
        chunk.fill(0x21);
        at += Math.max(size, 1000);
      }
      assert.deepEqual(file?.end(), whole);
    }),
    { numRuns: 8 },
  );
});

test('a secret is found wherever the edge of the buffer falls', () => {
  const key = exampleText('{begin:RSA PRIVATE KEY}\n{pem:40}\n{end:RSA PRIVATE KEY}');
  const edge = 256 * 1024;
  for (const secret of [github, key]) {
    for (const at of [edge - 3000, edge - 40, edge - 3, edge, edge + 2000, edge + 18_400, edge + 18_500]) {
      const before = `${'x'.repeat(99)}\n`.repeat(Math.ceil(at / 100)).slice(0, at - 1);
      const found = find(`${before}\n${secret}\n${'y\n'.repeat(20_000)}`);
      assert.equal(found.length, 1, `${secret.slice(0, 12)} at ${at}`);
      assert.equal(found[0]?.line, before.split('\n').length + 1);
    }
  }
});

test('no output holds a secret', () => {
  for (const { id, paths, finds, pattern, ignoreCase } of allSecretRules) {
    if (paths !== undefined) continue;
    for (const example of finds.map(exampleText)) {
      const match = new RegExp(pattern, ignoreCase === true ? 'i' : '').exec(example);
      const secret = (match?.[1] ?? match?.[0] ?? '').trimEnd();
      const output = JSON.stringify(find(`first: "${github}" ${example} last: "${github}"`));
      assert.ok(!output.includes(github.slice(8)), `${id}: ${output}`);
      // The first characters may be those that all secrets of the kind have.
      const lines = secret.slice(-Math.ceil(secret.length / 2)).split('\n');
      const half = lines.reduce((longest, line) => (line.length > longest.length ? line : longest));
      assert.ok(!output.includes(half), `${id}: ${output} has ${half}`);
    }
  }
});

test('an excerpt shows no control characters, and little of a long line', () => {
  const [found] = find(`${'a'.repeat(5000)} \x1b[31m\u202e"${github}" ${'b'.repeat(5000)}`);
  assert.match(found?.excerpt ?? '', /^a* +\[31m "ghp_\*{8}" b*$/);
  assert.ok((found?.excerpt ?? '').length < 150);
});

test('the same secret of a file is told once, and of rules that find the same the one that says more', () => {
  assert.equal(find(`${github}\n${github}\n`).length, 1);
  assert.deepEqual(
    find(`password = "${github}"`).map(({ rule }) => rule),
    ['github-pat'],
  );
});

test('UTF-16 is read, whichever way round', () => {
  const text = `\ufefftoken = ${github}\r\n`;
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(little).swap16();
  for (const bytes of [little, big]) {
    assert.deepEqual(
      find(bytes).map(({ rule, line }) => [rule, line]),
      [['github-pat', 1]],
    );
  }
});

test('of binaries only small ones are looked at, and only for what needs no name', () => {
  const named = 'password = "x7Kq2mVw9aa"';
  const binary = Buffer.from(`\0\0${github}\0${named}\0`);
  assert.deepEqual(
    find(binary, 'app/__pycache__/settings.pyc').map(({ rule }) => rule),
    ['github-pat'],
  );
  assert.deepEqual(find(binary, 'app/program', 2 << 20), []);
  assert.deepEqual(find(Buffer.concat([Buffer.from([0x1f, 0x8b]), binary]), 'app/x.gz'), []);
});

test('what packages ship is not looked at, unless asked', () => {
  const all = createSecretScanner({ vendored: true });
  const bytes = Buffer.from(`token = "${github}"`);
  for (const path of [
    'app/node_modules/x/test/keys.js',
    'app/venv/lib/python3.12/site-packages/x/tests/key.py',
    'app/node_modules/x/README.md',
    'usr/local/go/src/crypto/x.go',
  ]) {
    assert.equal(scanner.begin(path, bytes.length, bytes), undefined, path);
    assert.notEqual(all.begin(path, bytes.length, bytes), undefined, path);
  }
  for (const path of [
    'var/lib/dpkg/status',
    'usr/share/zoneinfo/tzdata',
    'etc/ssl/certs/x.pem',
    'app/package-lock.json',
  ]) {
    assert.equal(all.begin(path, bytes.length, bytes), undefined, path);
  }
  for (const path of ['app/node_modules/x/index.js', 'app/test/keys.js', 'root/.npmrc', 'app/README.md']) {
    assert.equal(find(bytes, path).length, 1, path);
  }
});

test('byName() tells files that are secret by their name', () => {
  const names = {
    'app/server.p12': 'file-pkcs12',
    'app/store.jks': 'file-java-keystore',
    'etc/ssl/cacerts.jks': undefined,
    'root/.bash_history': 'file-shell-history',
    'app/.env.production': 'file-env',
    'app/.env.example': undefined,
    'app/.git/HEAD': 'file-git-directory',
    'app/main.js': undefined,
  };
  for (const [path, rule] of Object.entries(names)) assert.equal(scanner.byName(path)[0]?.rule, rule, path);
});

test('a fingerprint is the same for a key in a file and in a member of JSON', () => {
  const key = exampleText('{begin:PRIVATE KEY}\n{pem:8}\n{end:PRIVATE KEY}\n');
  const [inFile] = find(key);
  const [inJson] = find(JSON.stringify({ private_key: key }));
  assert.equal(inFile?.fingerprint, inJson?.fingerprint);
});

test('a file with more secrets than anybody reads is told of in part, and not read on', () => {
  const tokens = Array.from(
    { length: 1000 },
    (_, index) => `ghp_${exampleText(`{alnum:30}`).slice(0, 30)}${String(index).padStart(6, 'Z')}`,
  );
  assert.equal(find(tokens.join('\n')).length, maxFindings);
});

test('rules of a file are used beside those that are built in', () => {
  const rules = parseSecretRules(
    JSON.stringify([
      {
        id: 'acme-key',
        keywords: ['acme_'],
        pattern: 'acme_[a-z0-9]{20}',
        finds: ['acme_{loweralnum:20}'],
        ignores: ['acme_x'],
      },
    ]),
    'rules.json',
  );
  const own = createSecretScanner({ rules });
  const bytes = Buffer.from(`${exampleText('acme_{loweralnum:20}')}\n${github}\n`);
  const file = own.begin('app/x', bytes.length, bytes);
  file?.push(bytes);
  assert.deepEqual(
    file?.end().map(({ rule }) => rule),
    ['acme-key', 'github-pat'],
  );
});
