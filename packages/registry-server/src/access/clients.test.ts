// What programs of others make of the challenges and tokens. They are run as their users do, each with a home of its own.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram, isLongRun, type ProgramResult, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { basic, pushImage, testAccess } from '../testing/test-access.ts';
import { startTestRegistry, type TestRegistry } from '../testing/test-registry.ts';

interface Client {
  readonly registry: TestRegistry;
  run(...args: string[]): Promise<ProgramResult>;
}

/** A registry with an image in team/app, secret/app and public/app; undefined after skipping because the program is missing. */
async function client(t: TestContext, name: string): Promise<Client | undefined> {
  if (!isLongRun(t)) return undefined;
  const program = findProgram(name);
  if (!skipUnless(t, program !== undefined, `the program ${name}`)) return undefined;
  const { access } = await testAccess(t);
  const registry = await startTestRegistry(t, { access });
  for (const repository of ['team/app', 'secret/app', 'public/app']) {
    await pushImage(registry.url, repository, 'v1', basic('ann'));
  }
  const home = await temporaryFolder(t);
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    DOCKER_CONFIG: join(home, '.docker'),
    XDG_RUNTIME_DIR: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    REGISTRY_AUTH_FILE: join(home, 'auth.json'),
  };
  await mkdir(join(home, '.config/containers'), { recursive: true });
  await writeFile(join(home, '.config/containers/policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  return { registry, run: (...args) => runProgram(program ?? '', args, { cwd: home, env }) };
}

function succeeded(result: ProgramResult): void {
  assert.equal(result.code, 0, result.stderr);
}

function refused(result: ProgramResult, words: RegExp): void {
  assert.notEqual(result.code, 0, result.stdout);
  assert.match(result.stderr, words);
}

test('skopeo logs in, copies what it may, reads what is public without, and is told when it may not', async (t) => {
  const skopeo = await client(t, 'skopeo');
  if (skopeo === undefined) return;
  const { run } = skopeo;
  const { host } = skopeo.registry;
  const from = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  succeeded(await run('inspect', '--raw', '--tls-verify=false', `docker://${host}/public/app:v1`));
  refused(
    await run('inspect', '--raw', '--tls-verify=false', `docker://${host}/team/app:v1`),
    /unauthorized|authentication required/i,
  );
  refused(
    await run('login', '--tls-verify=false', '-u', 'bob', '-p', 'wrong', host),
    /invalid username\/password|wrong/,
  );
  succeeded(await run('login', '--tls-verify=false', '-u', 'bob', '-p', 'secret of bob', host));
  succeeded(await run('copy', ...from, `docker://${host}/team/app:v1`, `docker://${host}/team/copy:v1`));
  succeeded(await run('copy', ...from, `docker://${host}/public/app:v1`, `docker://${host}/team/public:v1`));
  refused(
    await run('copy', ...from, `docker://${host}/team/app:v1`, `docker://${host}/secret/app:v2`),
    /denied|may not|403/i,
  );
  refused(
    await run('inspect', '--raw', '--tls-verify=false', `docker://${host}/secret/app:v1`),
    /denied|may not|unauthorized|403/i,
  );
  refused(
    await run('delete', '--tls-verify=false', `docker://${host}/team/copy:v1`),
    /denied|may not|unauthorized|403/i,
  );
  succeeded(await run('delete', '--tls-verify=false', '--creds', 'ann:secret of ann', `docker://${host}/team/copy:v1`));
});

test('podman logs in and out, and pushes and pulls by its login', async (t) => {
  const podman = await client(t, 'podman');
  if (podman === undefined) return;
  const { run } = podman;
  const { host } = podman.registry;
  refused(
    await run('login', '--tls-verify=false', '-u', 'bob', '-p', 'wrong', host),
    /invalid username\/password|wrong/,
  );
  succeeded(await run('login', '--tls-verify=false', '-u', 'bob', '-p', 'secret of bob', host));
  succeeded(await run('login', '--get-login', host));
  succeeded(await run('search', '--tls-verify=false', '--list-tags', `${host}/team/app`));
  succeeded(await run('logout', host));
  refused(
    await run('search', '--tls-verify=false', '--list-tags', `${host}/team/app`),
    /unauthorized|authentication required/i,
  );
});

test('crane logs in, lists the catalog, and mounts only what it may read', async (t) => {
  const crane = await client(t, 'crane');
  if (crane === undefined) return;
  const { run } = crane;
  const { host } = crane.registry;
  succeeded(await run('digest', '--insecure', `${host}/public/app:v1`));
  refused(await run('digest', '--insecure', `${host}/team/app:v1`), /unauthorized/i);
  succeeded(await run('auth', 'login', '-u', 'bob', '-p', 'secret of bob', host));
  const catalog = await run('catalog', '--insecure', host);
  succeeded(catalog);
  assert.deepEqual(catalog.stdout.trim().split('\n'), ['public/app', 'team/app']);
  succeeded(await run('copy', '--insecure', `${host}/team/app:v1`, `${host}/team/copy:v1`));
  succeeded(await run('tag', '--insecure', `${host}/team/app:v1`, 'v2'));
  refused(await run('copy', '--insecure', `${host}/team/app:v1`, `${host}/secret/copy:v1`), /DENIED|UNAUTHORIZED|403/);
  refused(await run('digest', '--insecure', `${host}/secret/app:v1`), /DENIED|UNAUTHORIZED|403/);
});

test('oras logs in and copies', async (t) => {
  const oras = await client(t, 'oras');
  if (oras === undefined) return;
  const { run } = oras;
  const { host } = oras.registry;
  refused(await run('login', '--plain-http', '-u', 'bob', '-p', 'wrong', host), /unauthorized|401/i);
  succeeded(await run('login', '--plain-http', '-u', 'bob', '-p', 'secret of bob', host));
  succeeded(await run('copy', '--from-plain-http', '--to-plain-http', `${host}/team/app:v1`, `${host}/team/copy:v1`));
  succeeded(await run('repo', 'tags', '--plain-http', `${host}/team/copy`));
  refused(await run('repo', 'tags', '--plain-http', `${host}/secret/app`), /denied|unauthorized|403/i);
});

test('regctl logs in and copies', async (t) => {
  const regctl = await client(t, 'regctl');
  if (regctl === undefined) return;
  const { run } = regctl;
  const { host } = regctl.registry;
  succeeded(await run('registry', 'set', '--tls', 'disabled', '--skip-check', host));
  succeeded(await run('registry', 'login', '-u', 'bob', '-p', 'secret of bob', host));
  succeeded(await run('image', 'copy', `${host}/team/app:v1`, `${host}/team/copy:v1`));
  succeeded(await run('repo', 'ls', host));
  refused(await run('tag', 'ls', `${host}/secret/app`), /denied|unauthorized|forbidden/i);
});
