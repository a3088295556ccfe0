import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startDockerRegistry } from '@lading/testkit';
import { openSandbox } from './testing/lading.ts';
import { writeSampleLayout } from './testing/sample-layout.ts';

/** Of the password "correct horse". */
const hash = '$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2';

test('login tries the credentials before it stores them where docker does, and logout forgets them', async (t) => {
  const registry = await startDockerRegistry(t, { auth: { htpasswd: `bot:${hash}\n` } });
  if (registry === undefined) return;
  const { host } = registry;
  const sandbox = await openSandbox(t);
  await writeSampleLayout(join(sandbox.folder, 'layout'));
  const push = ['copy', 'oci:layout:all', `${host}/app`];
  const config = join(sandbox.folder, 'docker/config.json');

  const anonymous = await sandbox.run(push);
  assert.equal(anonymous.code, 4, anonymous.stderr);
  assert.match(anonymous.stderr, /hint: .*lading login/);
  const wrong = await sandbox.run(['login', '-u', 'bot', '--password-stdin', host], { input: 'wrong horse\n' });
  assert.equal(wrong.code, 4, wrong.stderr);
  assert.ok(!wrong.stderr.includes('wrong horse'));
  await assert.rejects(stat(config), { code: 'ENOENT' }, 'wrong credentials are not stored');

  const login = await sandbox.run(['login', '-u', 'bot', '--password-stdin', host], { input: 'correct horse\n' });
  assert.equal(login.code, 0, login.stderr);
  assert.equal(login.stdout, `logged in to ${host} as bot, stored in ${config}\n`);
  assert.match(login.stderr, /not encrypted/);
  assert.equal((await stat(config)).mode & 0o777, 0o600);
  const { auths } = JSON.parse(await readFile(config, 'utf8')) as { auths: Record<string, { auth: string }> };
  assert.equal(Buffer.from(auths[host]?.auth ?? '', 'base64').toString(), 'bot:correct horse');

  assert.equal((await sandbox.run(push)).code, 0);
  assert.deepEqual(await sandbox.json('ls', `${host}/app`), { repository: `${host}/app`, tags: ['all'] });
  assert.deepEqual(await sandbox.json('logout', host), { registry: host, erased: true });
  assert.equal((await sandbox.run(['ls', `${host}/app`])).code, 4);
  assert.equal(await sandbox.out('logout', host), `no credentials for ${host} were stored`);
});
