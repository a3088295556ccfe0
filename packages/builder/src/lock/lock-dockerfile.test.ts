import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError, LadingError } from '@lading/errors';
import { type Digest, digestOf } from '@lading/oci';
import { findProgram, skipUnless, startHttpServer, temporaryFolder } from '@lading/testkit';
import { gitRepository } from '../testing/git-server.ts';
import { workbench } from '../testing/workbench.ts';
import { type LockRequest, lockDockerfile } from './lock-dockerfile.ts';
import { formatLockFile, parseLockFile } from './lock-file.ts';

const index = digestOf('the index');

async function bench(t: TestContext, dockerfile: string) {
  const one = await workbench(t);
  const context = await one.context({ Dockerfile: dockerfile });
  const empty = await one.build(await one.context({ Dockerfile: 'FROM scratch\n' }));
  const image = await one.image(empty);
  const asked: string[] = [];
  const resolveBase = async (name: string) => {
    asked.push(name);
    return image;
  };
  const building = await workbench(t, { output: one.output, environment: { resolveBase } });
  let digest: Digest = index;
  const lock = (request: Partial<LockRequest> = {}) =>
    lockDockerfile(
      { context, ...request },
      { cacheFolder: one.cacheFolder, resolveImage: async () => ({ digest, env: ['FILE=f'] }) },
    );
  return { context, asked, lock, build: building.build, move: () => (digest = digestOf('a newer index')) };
}

test('lock pins images, repositories and addresses, one a line; a build takes exactly these, and --locked nothing else', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { url, commit } = await gitRepository(t, await temporaryFolder(t));
  const id = await commit({ a: 'A' });
  let body = 'one';
  const server = await startHttpServer(t, (_request, response) => response.end(body));
  const file = `http://${server.host}/f`;
  const text = `ARG TAG=3
FROM example.org/base:$TAG AS base
ADD http://${server.host}/$FILE /f
FROM base
COPY --from=tools /nothing* /
ADD ${url}#main /repo
ADD --checksum=${digestOf('one')} ${file}?checked /g
`;
  const { context, asked, lock, build, move } = await bench(t, text);
  const locked = { locked: true };
  await assert.rejects(build(context, locked), (error) => {
    assert.ok(isLadingError(error, 'LOCK_INCOMPLETE'));
    assert.match(
      error.message,
      /Dockerfile:2: image example.org\/base:3\n {2}Dockerfile:5: image tools:latest\n {2}Dockerfile:6: git http/,
    );
    assert.match(error.hint ?? '', /lading lock/);
    return true;
  });
  assert.deepEqual(asked, []);

  const { path, changes } = await lock();
  assert.equal(path, join(context, 'Dockerfile.lock'));
  assert.equal(changes.length, 4);
  const written = await readFile(path, 'utf8');
  assert.equal(
    written,
    `{
  "lockVersion": 1,
  "images": {
    "example.org/base:3": "${index}",
    "tools:latest": "${index}"
  },
  "git": {
    "${url}#main": "${id}"
  },
  "http": {
    "${file}": "${digestOf('one')}"
  }
}
`,
  );
  await commit({ a: 'changed' });
  const built = await build(context, { ...locked, contexts: { tools: 'docker-image://scratch' } }).catch(String);
  // The variable that names the file is the base's, and this base has none.
  assert.match(String(built), /LOCK_INCOMPLETE|Missing:/);
  await writeFile(join(context, 'Dockerfile'), text.replace('$FILE', 'f'));
  const again = await build(context, locked);
  assert.deepEqual(asked.slice(-2).sort(), [`docker.io/library/tools:latest@${index}`, `example.org/base:3@${index}`]);
  assert.deepEqual(again.materials.find(({ kind }) => kind === 'git')?.digest, { sha1: id });

  assert.deepEqual((await lock()).changes, []);
  move();
  assert.deepEqual((await lock()).changes, []);
  const updated = await lock({ update: ['tools:latest'] });
  assert.deepEqual(
    updated.changes.map(({ name }) => name),
    ['tools:latest'],
  );
  assert.equal((await lock({ update: 'all' })).changes.length, 2);
  await assert.rejects(lock({ update: ['toolz'] }), (error) => isLadingError(error, 'USAGE'));
  body = 'two';
  const fresh = await workbench(t, {
    environment: { resolveBase: async () => Promise.reject(new Error('not needed')) },
  });
  await writeFile(join(context, 'Dockerfile'), `FROM scratch\nADD ${file} /\n`);
  await assert.rejects(fresh.build(context), (error) => isLadingError(error, 'SOURCE_MISMATCH'));
});

test('without a tag, a digest, a checksum or a commit there is nothing to pin; what is not needed any more goes', async (t) => {
  const { context, lock, build } = await bench(t, `FROM scratch\nCOPY --from=x@${index} /no* /\n`);
  await writeFile(
    join(context, 'Dockerfile.lock'),
    formatLockFile({ lockVersion: 1, images: { 'old:1': index }, git: {}, http: {}, recipes: {} }),
  );
  assert.deepEqual((await lock()).changes, [{ kind: 'images', name: 'old:1', before: index }]);
  assert.equal(await readFile(join(context, 'Dockerfile.lock'), 'utf8'), '{\n  "lockVersion": 1\n}\n');
  await build(context, { locked: true });
  const withRecipe = await lock({ contexts: { base: 'recipe:base.yaml', tools: 'docker-image://alpine:3' } });
  assert.deepEqual(
    [withRecipe.lock.recipes, withRecipe.lock.images],
    [{ 'base.yaml': 'base.lock' }, { 'alpine:3': index }],
  );
});

test('a lock file that cannot be trusted is refused with the member at fault', () => {
  const pins = (more: object): string => JSON.stringify({ lockVersion: 1, ...more });
  assert.deepEqual(parseLockFile(pins({ images: { a: index } }), 'x').images, { a: index });
  const bad = [
    '',
    '[]',
    '{}',
    '{"lockVersion":2}',
    pins({ image: {} }),
    pins({ git: { a: 'main' } }),
    pins({ http: { a: 'sha512:00' } }),
    pins({ images: [] }),
  ];
  for (const text of bad)
    assert.throws(
      () => parseLockFile(text, 'Dockerfile.lock'),
      (error) => isLadingError(error, 'LOCK_INVALID'),
      text,
    );
});

test('an address with a variable that a base may set is not guessed where the variables of the base are not known', async (t) => {
  const one = await workbench(t);
  const text = 'FROM example.org/base:1\nADD http://127.0.0.1:1/$FILE /f\n';
  const context = await one.context({ Dockerfile: text });
  const { lock } = await lockDockerfile(
    { context },
    { cacheFolder: one.cacheFolder, resolveImage: async () => ({ digest: index, env: undefined }) },
  );
  assert.deepEqual([Object.keys(lock.images), lock.http], [['example.org/base:1'], {}]);
});

test('an image that cannot be read now is an error of the lock, which stays as it was', async (t) => {
  const one = await workbench(t);
  const context = await one.context({
    Dockerfile: 'FROM example.org/base:1\n',
    'Dockerfile.lock': '{"lockVersion":1}',
  });
  const resolveImage = async (): Promise<never> => {
    throw new LadingError('REGISTRY_UNREACHABLE', 'Cannot reach example.org', { transient: true });
  };
  const locked = lockDockerfile({ context }, { cacheFolder: one.cacheFolder, resolveImage });
  await assert.rejects(locked, (error) => isLadingError(error, 'REGISTRY_UNREACHABLE'));
  assert.equal(await readFile(join(context, 'Dockerfile.lock'), 'utf8'), '{"lockVersion":1}');
});

test('what triggers of a stage take in is pinned with the stage that starts from it, and may be locked', async (t) => {
  const server = await startHttpServer(t, (_request, response) => response.end('content'));
  const { context, lock, build } = await bench(
    t,
    `FROM scratch AS base\nONBUILD ARG FILE=f\nONBUILD ADD http://${server.host}/$FILE /\nFROM base\n`,
  );
  const locked = { locked: true };
  await assert.rejects(
    build(context, locked),
    (error) => isLadingError(error, 'LOCK_INCOMPLETE') && /Dockerfile:4: address/.test(error.message),
  );
  assert.deepEqual((await lock()).lock.http, { [`http://${server.host}/f`]: digestOf('content') });
  await build(context, locked);
});
