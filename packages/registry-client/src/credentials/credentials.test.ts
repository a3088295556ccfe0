import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError, Secret } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import type { Credentials } from './credentials.ts';
import { loadCredentials } from './load-credentials.ts';
import { eraseCredentials, saveCredentials } from './save-credentials.ts';

interface Home {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  write(path: string, content: unknown): Promise<string>;
}

async function home(t: TestContext, env: NodeJS.ProcessEnv = {}): Promise<Home> {
  const folder = await temporaryFolder(t);
  return {
    folder,
    env: { HOME: folder, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`, ...env },
    async write(path, content) {
      const full = join(folder, path);
      await mkdir(join(full, '..'), { recursive: true });
      await writeFile(full, typeof content === 'string' ? content : JSON.stringify(content));
      return full;
    },
  };
}

const entry = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') });
const plain = (found: Credentials | undefined) =>
  found && [found.username, found.password?.reveal(), found.identityToken?.reveal(), found.registryToken?.reveal()];
const user = (username: string, password: string): Credentials => ({ username, password: new Secret(password) });

/** A helper that keeps one entry per key in a folder, speaking docker's protocol. */
const helper = `#!/bin/sh
store="$(dirname "$0")/store"; mkdir -p "$store"
input=$(cat)
case "$1" in
store) key=$(printf %s "$input" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/' | tr -c 'a-z0-9\\n' _); printf %s "$input" > "$store/$key" ;;
get) file="$store/$(printf '%s\\n' "$input" | tr -c 'a-z0-9\\n' _)"; [ -f "$file" ] && cat "$file" || { echo "credentials not found in native keychain"; exit 1; } ;;
erase) rm "$store/$(printf '%s\\n' "$input" | tr -c 'a-z0-9\\n' _)" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
esac
`;

async function withHelper(t: TestContext, name = 'test', script = helper): Promise<Home> {
  const place = await home(t);
  await chmod(await place.write(`bin/docker-credential-${name}`, script), 0o755);
  return place;
}

test('loadCredentials() reads every way a registry is written in auths', async (t) => {
  const { env, write } = await home(t);
  await write('.docker/config.json', {
    auths: {
      'https://index.docker.io/v1/': entry('hub:1'),
      'https://old.example.org/v2/': entry('old:with:colons'),
      'plain.example.org:5000': { username: 'fields', password: 'x' },
      'token.example.org': { auth: '', identitytoken: 'refresh' },
      'ready.example.org': { registrytoken: 'access' },
      'empty.example.org': {},
    },
  });
  const load = async (registry: string) => plain(await loadCredentials(registry, { env }));
  assert.deepEqual(await load('docker.io'), ['hub', '1', undefined, undefined]);
  assert.deepEqual(await load('registry-1.docker.io'), ['hub', '1', undefined, undefined]);
  assert.deepEqual(await load('old.example.org'), ['old', 'with:colons', undefined, undefined]);
  assert.deepEqual(await load('plain.example.org:5000'), ['fields', 'x', undefined, undefined]);
  assert.equal(await load('plain.example.org'), undefined, 'another port is another registry');
  assert.deepEqual(await load('token.example.org'), [undefined, undefined, 'refresh', undefined]);
  assert.deepEqual(await load('ready.example.org'), [undefined, undefined, undefined, 'access']);
  assert.equal(await load('empty.example.org'), undefined);
  assert.equal(await load('unknown.example.org'), undefined);
});

test('loadCredentials() looks in docker’s file, REGISTRY_AUTH_FILE and podman’s two, in this order', async (t) => {
  const { folder, env, write } = await home(t);
  const all = { ...env, XDG_RUNTIME_DIR: join(folder, 'run'), REGISTRY_AUTH_FILE: join(folder, 'named.json') };
  const load = async () => (await loadCredentials('r.example.org', { env: all }))?.username;
  const auths = (name: string) => ({ auths: { 'r.example.org': entry(`${name}:x`) } });
  assert.equal(await load(), undefined);
  await write('.config/containers/auth.json', auths('persistent'));
  assert.equal(await load(), 'persistent');
  await write('run/containers/auth.json', auths('runtime'));
  assert.equal(await load(), 'runtime');
  await write('named.json', auths('named'));
  assert.equal(await load(), 'named');
  await write('.docker/config.json', auths('docker'));
  assert.equal(await load(), 'docker');
  await write('other/config.json', auths('moved'));
  const moved = await loadCredentials('r.example.org', { env: { ...all, DOCKER_CONFIG: join(folder, 'other') } });
  assert.equal(moved?.username, 'moved');
});

test('loadCredentials() takes podman’s key of the longest matching repository path', async (t) => {
  const { env, write } = await home(t);
  await write('.config/containers/auth.json', {
    auths: {
      'r.example.org': entry('all:x'),
      'r.example.org/team': entry('team:x'),
      'r.example.org/team/app': entry('app:x'),
    },
  });
  const load = async (repository?: string) => (await loadCredentials('r.example.org', { env, repository }))?.username;
  assert.equal(await load(), 'all');
  assert.equal(await load('other'), 'all');
  assert.equal(await load('teams/app'), 'all', 'a path matches whole components');
  assert.equal(await load('team/tool'), 'team');
  assert.equal(await load('team/app'), 'app');
  assert.equal(await load('team/app/part'), 'app');
});

test('loadCredentials() asks helpers: of the registry, then the store, then the file', async (t) => {
  const { env, write } = await withHelper(t);
  await write('bin/store/r_example_org', '{"ServerURL":"r.example.org","Username":"helped","Secret":"s"}');
  await write('bin/store/https___index_docker_io_v1_', '{"Username":"<token>","Secret":"refresh"}');
  await write('.docker/config.json', {
    credHelpers: { 'r.example.org': 'test' },
    credsStore: 'test',
    auths: { 'r.example.org': entry('file:x'), 'f.example.org': entry('file:x') },
  });
  assert.deepEqual(plain(await loadCredentials('r.example.org', { env })), ['helped', 's', undefined, undefined]);
  assert.equal((await loadCredentials('docker.io', { env }))?.identityToken?.reveal(), 'refresh');
  assert.equal((await loadCredentials('f.example.org', { env }))?.username, 'file');
});

test('loadCredentials() says which helper is missing, failed, hung or talked nonsense', async (t) => {
  const cases: [script: string | undefined, message: RegExp][] = [
    [undefined, /docker-credential-test: the program is not installed/],
    ['#!/bin/sh\necho locked; exit 3\n', /ended with code 3: locked/],
    ['#!/bin/sh\necho hello\n', /not JSON/],
    ['#!/bin/sh\nexec sleep 30\n', /killed/],
    // A program that it started holds its output open.
    ['#!/bin/sh\nsleep 3\necho late\n', /killed/],
  ];
  for (const [script, message] of cases) {
    const { env, write } = await withHelper(t, script === undefined ? 'other' : 'test', script ?? helper);
    await write('.docker/config.json', { credsStore: 'test' });
    const began = performance.now();
    await assert.rejects(loadCredentials('r.example.org', { env, helperTimeoutMs: 300 }), (error) => {
      assert.ok(isLadingError(error, 'CREDENTIALS_INVALID'));
      assert.match(error.message, message);
      return true;
    });
    assert.ok(performance.now() - began < 2500, 'not waited for longer than it may take');
  }
  const { env, write } = await home(t);
  await write('.docker/config.json', { credsStore: '../../evil' });
  await assert.rejects(loadCredentials('r.example.org', { env }), /not a name/);
});

test('loadCredentials() names a damaged file and quotes nothing of it', async (t) => {
  for (const content of [
    '{"auths": {"r.example.org": {"auth": "c2VjcmV0',
    '[]',
    '{"auths": []}',
    '{"auths":{"r.example.org":{"auth":"c2VjcmV0"}}}',
  ]) {
    const { env, write } = await home(t);
    const path = await write('.docker/config.json', content);
    await assert.rejects(loadCredentials('r.example.org', { env }), (error) => {
      assert.ok(isLadingError(error, 'CREDENTIALS_INVALID'));
      assert.ok(error.message.includes(path));
      assert.ok(!JSON.stringify(error).includes('c2VjcmV0'));
      return true;
    });
  }
  const { env, write } = await home(t);
  await write('.docker/config.json', '');
  assert.equal(await loadCredentials('r.example.org', { env }), undefined);
});

test('saveCredentials() creates the file for its owner alone and keeps what else stands in it', async (t) => {
  const { folder, env, write } = await home(t);
  const path = join(folder, '.docker/config.json');
  assert.deepEqual(await saveCredentials('docker.io', user('me', 'p:w'), { env }), { kind: 'file', path });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(plain(await loadCredentials('docker.io', { env })), ['me', 'p:w', undefined, undefined]);

  await write('.docker/config.json', {
    HttpHeaders: { 'X-Own': '1' },
    auths: { 'https://r.example.org/v1/': entry('old:x'), 'r.example.org/team': entry('team:x'), 'q.example.org': {} },
    currentContext: 'other',
  });
  await saveCredentials('r.example.org', { identityToken: new Secret('refresh') }, { env });
  assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), {
    HttpHeaders: { 'X-Own': '1' },
    auths: {
      'r.example.org/team': entry('team:x'),
      'q.example.org': {},
      'r.example.org': { identitytoken: 'refresh' },
    },
    currentContext: 'other',
  });
});

test('saveCredentials() writes through a symbolic link', async (t) => {
  const { folder, env, write } = await home(t);
  const real = await write('dotfiles/config.json', {});
  await mkdir(join(folder, '.docker'));
  await symlink(real, join(folder, '.docker/config.json'));
  await saveCredentials('r.example.org', user('me', 'x'), { env });
  assert.match(await readFile(real, 'utf8'), /r\.example\.org/);
});

test('saveCredentials() and eraseCredentials() go through a helper where there is one', async (t) => {
  const { folder, env, write } = await withHelper(t);
  await write('.docker/config.json', { credsStore: 'test' });
  assert.deepEqual(await saveCredentials('r.example.org', user('me', 'top'), { env }), {
    kind: 'helper',
    name: 'test',
  });
  const text = await readFile(join(folder, '.docker/config.json'), 'utf8');
  assert.deepEqual(JSON.parse(text), { credsStore: 'test', auths: { 'r.example.org': {} } });
  assert.deepEqual(plain(await loadCredentials('r.example.org', { env })), ['me', 'top', undefined, undefined]);
  assert.equal(await eraseCredentials('r.example.org', { env }), true);
  assert.equal(await loadCredentials('r.example.org', { env }), undefined);
  assert.equal(await eraseCredentials('r.example.org', { env }), false);
});

test('eraseCredentials() forgets a registry in every file and touches no other', async (t) => {
  const { folder, env, write } = await home(t);
  await write('.docker/config.json', { auths: { 'r.example.org': entry('a:b'), 'q.example.org': entry('a:b') } });
  await write('.config/containers/auth.json', {
    auths: { 'r.example.org': entry('a:b'), 'r.example.org/x': entry('c:d') },
  });
  assert.equal(await eraseCredentials('r.example.org', { env }), true);
  assert.equal(await loadCredentials('r.example.org', { env }), undefined);
  assert.equal((await loadCredentials('q.example.org', { env }))?.username, 'a');
  assert.equal((await loadCredentials('r.example.org', { env, repository: 'x' }))?.username, 'c');
  assert.equal((await stat(join(folder, '.docker/config.json'))).mode & 0o777, 0o600);
});

test('saveCredentials() says that a folder cannot be written', async (t) => {
  const { env, write } = await home(t);
  const file = await write('file', '');
  const inFile = { ...env, DOCKER_CONFIG: join(file, 'folder') };
  await assert.rejects(saveCredentials('r.example.org', user('me', 'pw'), { env: inFile }), (error) =>
    isLadingError(error, 'CREDENTIALS_INVALID'),
  );
});
