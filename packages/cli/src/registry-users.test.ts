import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSandbox, startServe } from './testing/lading.ts';
import { writeSampleLayout } from './testing/sample-layout.ts';

// `secret of ann`, bcrypt with cost 4
const ann = 'ann:$2b$04$Vya7XX9y4InijtKbk6SkW.quzdcNASA0QfpBM/qvo/arV4l9BDjey';

test('a registry with users is served, logged in to and given a robot that pushes, all with lading', async (t) => {
  const sandbox = await openSandbox(t);
  await writeFile(join(sandbox.folder, 'htpasswd'), `${ann}\n`);
  await writeFile(
    join(sandbox.folder, 'registry.yaml'),
    'access:\n  htpasswd: htpasswd\n  grants:\n    - { to: user:ann, repositories: "**", role: admin }\n',
  );
  const { host } = await startServe(t, sandbox, '--config', 'registry.yaml');
  await writeSampleLayout(join(sandbox.folder, 'layout'));
  const registry = ['--registry', host];

  const refused = await sandbox.run(['copy', 'oci:layout:amd64', `${host}/team/app:1`]);
  assert.equal(refused.code, 4, refused.stderr);
  const wrong = await sandbox.run(['login', '-u', 'ann', '--password-stdin', host], { input: 'x' });
  assert.equal(wrong.code, 4, wrong.stderr);
  const login = await sandbox.run(['login', '-u', 'ann', '--password-stdin', host], { input: 'secret of ann' });
  assert.equal(login.code, 0, login.stderr);
  const create = ['registry', 'robot', 'create', 'ci', '--grant', 'team/**:pull,push', ...registry];
  const secret = await sandbox.out(...create);
  assert.match(secret, /^ldr_/);
  assert.match((await sandbox.run(create)).stderr, /ROBOT_EXISTS/);
  assert.match(
    await sandbox.out('registry', 'robot', 'list', ...registry),
    /robot\+ci {2}enabled .* team\/\*\*:pull,push/,
  );

  const robot = await sandbox.run(['login', '-u', 'robot+ci', '--password-stdin', host], { input: secret });
  assert.equal(robot.code, 0, robot.stderr);
  await sandbox.out('copy', 'oci:layout:amd64', `${host}/team/app:1`);
  assert.equal(await sandbox.out('registry', 'repositories', ...registry), 'team/app');
  const denied = await sandbox.run(['copy', 'oci:layout:amd64', `${host}/other/app:1`]);
  assert.equal(denied.code, 4, denied.stderr);
  assert.match(denied.stderr, /HTTP 403/);
});
