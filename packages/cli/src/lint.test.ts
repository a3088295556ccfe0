import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSandbox } from './testing/lading.ts';

const bad = 'FROM alpine:3.20 as Build\nCOPY ignored /\nENV a b\nUSER 1000\n';

test('lading lint shows findings with their source, exits with 10, and --fix mends what it can', async (t) => {
  const sandbox = await openSandbox(t);
  const file = join(sandbox.folder, 'Dockerfile');
  await writeFile(file, bad);
  await writeFile(join(sandbox.folder, '.dockerignore'), 'ignored\n');
  const found = await sandbox.run(['lint']);
  assert.deepEqual([found.code, found.stderr], [10, '']);
  assert.match(
    found.stdout,
    /^Dockerfile:1:21 warning StageNameCasing: .*\n {2}1 \| FROM alpine:3\.20 as Build\n {4}\| +\^{5}\n/m,
  );
  assert.match(found.stdout, /^Dockerfile:2:6 warning CopyIgnoredFile: /m);
  assert.match(found.stdout, /\nFound 4 warnings\. 3 can be fixed with --fix\.\n$/);

  const mended = await sandbox.run(['lint', '--fix', '--skip', 'CopyIgnoredFile', 'Dockerfile']);
  assert.deepEqual([mended.code, mended.stdout], [0, 'Nothing found. 3 fixed.\n']);
  assert.equal(await readFile(file, 'utf8'), 'FROM alpine:3.20 AS build\nCOPY ignored /\nENV a=b\nUSER 1000\n');
  // no home is made for it
  await assert.rejects(readFile(join(sandbox.folder, 'home/catalog.sqlite')), { code: 'ENOENT' });
});

test('lading lint takes thresholds, stdin, and gives JSON and SARIF', async (t) => {
  const sandbox = await openSandbox(t);
  await mkdir(join(sandbox.folder, 'app dir'));
  await writeFile(join(sandbox.folder, 'app dir/Dockerfile'), bad);
  const [lenient, strict, sarif, json] = await Promise.all([
    sandbox.run(['lint', '--error-level', 'never', 'app dir']),
    sandbox.run(['lint', '--level', 'hint', '--error-level', 'hint', '-f', '-'], {
      input: 'FROM alpine:3.20\nUSER 1\n',
    }),
    sandbox.run(['lint', '--format', 'sarif', 'app dir/Dockerfile']),
    sandbox.run(['lint', '--json', '--level', 'error', 'app dir']),
  ]);
  assert.equal(lenient.code, 0);
  assert.equal(strict.code, 10);
  assert.match(strict.stdout, /^stdin:1:6 hint BaseWithoutDigest: /);
  const [run] = JSON.parse(sarif.stdout).runs;
  const [first] = run.results;
  assert.equal(run.tool.driver.rules[first.ruleIndex].id, first.ruleId);
  assert.deepEqual(first.locations[0].physicalLocation, {
    artifactLocation: { uri: 'app%20dir/Dockerfile' },
    region: { startLine: 1, startColumn: 18, endLine: 1, endColumn: 20 },
  });
  assert.deepEqual(first.fixes[0].artifactChanges[0].replacements, [
    { deletedRegion: { startLine: 1, startColumn: 18, endLine: 1, endColumn: 20 }, insertedContent: { text: 'AS' } },
  ]);
  // what is not shown counts all the same
  assert.equal(json.code, 10);
  assert.deepEqual(JSON.parse(json.stdout).findings, []);
});

test('lading lint shows a file that does not parse as the error it is, and refuses what makes no sense', async (t) => {
  const sandbox = await openSandbox(t);
  await writeFile(join(sandbox.folder, 'Dockerfile'), 'FROM a\nRUNN x\n');
  const cases: readonly (readonly [args: readonly string[], code: number, error: RegExp])[] = [
    [
      ['lint'],
      1,
      /Dockerfile:2:1: unknown instruction "RUNN".*\[DOCKERFILE_INVALID\]\n {2}2 \| RUNN x\n {4}\| \^{4}\n {2}hint: /,
    ],
    [['lint', 'absent'], 5, /\[FILE_NOT_FOUND\]/],
    [['lint', '--skip', 'Nothing'], 2, /no such rule/],
    [['lint', '--level', 'loud'], 2, /--level loud: it is one of error, warning, info, hint/],
    [['lint', '--fix', '-f', '-'], 2, /no file to write/],
  ];
  const outcomes = await Promise.all(cases.map(([args]) => sandbox.run(args)));
  for (const [index, [args, code, error]] of cases.entries()) {
    assert.equal(outcomes[index]?.code, code, args.join(' '));
    assert.match(outcomes[index]?.stderr ?? '', error);
  }
});

test('lading lint --fix keeps the mode of the file and the link to it, and leaves nothing beside it', async (t) => {
  const sandbox = await openSandbox(t);
  const folder = join(sandbox.folder, 'app');
  await mkdir(folder);
  await writeFile(join(folder, 'real'), bad);
  await chmod(join(folder, 'real'), 0o664);
  await symlink('real', join(folder, 'Dockerfile'));
  await sandbox.run(['lint', '--fix', 'app']);
  assert.match(await readFile(join(folder, 'real'), 'utf8'), /ENV a=b/);
  assert.equal((await stat(join(folder, 'real'))).mode & 0o7777, 0o664);
  assert.ok((await lstat(join(folder, 'Dockerfile'))).isSymbolicLink());
  assert.deepEqual(await readdir(folder), ['Dockerfile', 'real']);
});
