import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { isLadingError, Secret } from '@lading/errors';
import { findProgram, skipUnless, startHttpServer, temporaryFolder } from '@lading/testkit';
import { defaultLimits } from '../../archive/limits.ts';
import { gitRepository } from '../../testing/git-server.ts';
import { Remotes } from '../remotes.ts';
import { sshCommand } from './git.ts';
import { type GitAddress, parseGitAddress, withoutCredentials } from './git-address.ts';

const hasGit = findProgram('git') !== undefined;
const noGit = 'the program git is not installed';

async function remotesWith(t: TestContext, secrets: Readonly<Record<string, string>>): Promise<Remotes> {
  const secret = async (id: string): Promise<Secret | undefined> => {
    const value = secrets[id];
    return value === undefined ? undefined : new Secret(value);
  };
  const remotes = new Remotes({ cacheFolder: await temporaryFolder(t), limits: defaultLimits, secret });
  t.after(() => remotes.close());
  return remotes;
}

const addressOf = (text: string): GitAddress => parseGitAddress(text) as GitAddress;

test('a token follows no redirect, to whatever host', async (t) => {
  if (!skipUnless(t, hasGit, noGit)) return;
  const other = await gitRepository(t, await temporaryFolder(t));
  await other.commit({ a: 'A' });
  const host = await startHttpServer(t, (request, response) => {
    response.writeHead(302, { location: `http://${other.server.host}${request.url}` }).end();
  });
  const url = `http://${host.host}/repository.git`;
  const remotes = await remotesWith(t, { GIT_AUTH_TOKEN: 'token' });
  await assert.rejects(
    remotes.git(addressOf(url), 'x', undefined, {}),
    (error) => isLadingError(error, 'SOURCE_UNREACHABLE') && /redirects/.test(error.message) && !error.transient,
  );
  assert.deepEqual(other.server.seen, []);
  const without = await remotesWith(t, {});
  await without.git(addressOf(url), 'x', undefined, {});
});

test('a token without a host goes to no host that only a submodule names; one with that host in its name does', async (t) => {
  if (!skipUnless(t, hasGit, noGit)) return;
  const inner = await gitRepository(t, await temporaryFolder(t));
  const commit = await inner.commit({ a: 'A' });
  const outer = await gitRepository(t, await temporaryFolder(t));
  await outer.commit({ '.gitmodules': `[submodule "m"]\n\tpath = m\n\turl = ${inner.url}\n` });
  outer.git('update-index', '--add', '--cacheinfo', `160000,${commit},m`);
  outer.git('commit', '-q', '-m', 'with a submodule');
  const sent = (server: typeof inner.server): unknown => server.seen.at(-1)?.headers.authorization;
  await (await remotesWith(t, { GIT_AUTH_TOKEN: 'all' })).git(addressOf(outer.url), 'x', undefined, {});
  assert.ok(sent(outer.server));
  assert.equal(sent(inner.server), undefined);
  const named = await remotesWith(t, { [`GIT_AUTH_HEADER.${inner.server.host}`]: 'Bearer inner' });
  await named.git(addressOf(outer.url), 'x', undefined, {});
  assert.equal(sent(outer.server), undefined);
  assert.equal(sent(inner.server), 'Bearer inner');
});

test('credentials of an address arrive, and stand in no argument that every process could read, nor in an error', async (t) => {
  if (!skipUnless(t, hasGit, noGit)) return;
  const commands: string[] = [];
  const watching = await startHttpServer(t, async (_request, response) => {
    for (const id of await readdir('/proc'))
      if (/^\d+$/.test(id)) commands.push(await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''));
    response.writeHead(404).end();
  });
  const watched = (await remotesWith(t, {})).git(
    addressOf(`http://me:hidden@${watching.host}/x.git`),
    'x',
    undefined,
    {},
  );
  await assert.rejects(watched, (error) => isLadingError(error, 'SOURCE_NOT_FOUND'));
  const seen = commands.filter((line) => line.includes(watching.host)).join();
  assert.ok(seen.includes('ls-remote') && !seen.includes('hidden'));
  const { url, commit } = await gitRepository(t, await temporaryFolder(t), { password: 'me:p@ss' });
  const id = await commit({ a: 'A' });
  const remotes = await remotesWith(t, {});
  const found = await remotes.git(addressOf(url.replace('//', '//me:p%40ss@')), 'x', undefined, {});
  assert.equal(found.commit.commit, id);
  const wrong = await remotesWith(t, {});
  await assert.rejects(
    wrong.git(addressOf(url.replace('//', '//me:wrong-one@')), 'x', undefined, {}),
    (error) => isLadingError(error, 'SOURCE_DENIED') && !JSON.stringify([error, error.message]).includes('wrong-one'),
  );
});

test('what is shown of an address holds no password, also where it is no address', () => {
  for (const [text, shown] of [
    ['https://me:secret@host/x.git#main', 'https://host/x.git#main'],
    ['https://me:secret@host:99999/x.git', 'https://host:99999/x.git'],
    ['HTTPS://me:secret@host/x.git', 'https://host/x.git'],
    ['https://me:sec@ret@ho st/a@b', 'https://ho st/a@b'],
    ['ssh://git@host/x.git', 'ssh://git@host/x.git'],
    ['git@host:x.git', 'git@host:x.git'],
    ['https://host/a@b', 'https://host/a@b'],
  ] as const)
    assert.equal(withoutCredentials(text), shown);
});

test('ssh uses no key and no setting of whoever builds', (t) => {
  if (!skipUnless(t, findProgram('ssh') !== undefined, 'the program ssh is not installed')) return;
  const [program = '', ...args] = sshCommand.split(' ');
  const settings = execFileSync(program, [...args, '-G', 'host.example.org'], { encoding: 'utf8' }).split('\n');
  assert.deepEqual(
    settings.filter((line) => /^identity(file|agent) /.test(line)),
    ['identityfile none'],
  );
});
