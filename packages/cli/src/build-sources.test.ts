import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, skipUnless, startHttpServer } from '@lading/testkit';
import { openSandbox, startServe } from './testing/lading.ts';

test('a build takes its context or its Dockerfile from stdin, and unpacks no more than it may', async (t) => {
  const sandbox = await openSandbox(t);
  await mkdir(join(sandbox.folder, 'ctx'));
  await writeFile(join(sandbox.folder, 'ctx', 'Dockerfile'), 'FROM scratch\nCOPY a /\n');
  await writeFile(join(sandbox.folder, 'ctx', 'a'), 'A');
  const { code, stdout, stderr } = await sandbox.shell(
    `lading build ctx > folder
     tar -C ctx -cz . | lading build - > piped
     lading build -f - ctx < ctx/Dockerfile > file
     printf 'FROM scratch\\nCOPY <<x /a\\nhello\\nx\\n' | lading build - > alone
     cat folder piped file alone
     tar -C ctx -c . | lading build --unpack-limit entries=1 - && exit 9 || echo $?`,
  );
  assert.equal(code, 0, stderr);
  const [folder, piped, file, alone, refused] = stdout.trim().split('\n');
  assert.deepEqual([piped, file, alone === folder, refused], [folder, folder, false, '1']);
  assert.match(stderr, /Cannot unpack stdin: it holds more than 1 files/);
  assert.deepEqual(await readdir(join(sandbox.folder, 'home', 'cache', 'spool')), []);
});

test('lading lock pins the base of a registry; a locked build takes it by digest when the tag has moved', async (t) => {
  const sandbox = await openSandbox(t);
  const { host } = await startServe(t, sandbox);
  const write = (name: string, text: string): Promise<void> => writeFile(join(sandbox.folder, name), text);
  const base = `${host}/base:1`;
  const push = async (text: string): Promise<string> => {
    await write('Base', `FROM scratch\nCOPY <<x /base\n${text}\nx\n`);
    return sandbox.out('build', '-f', 'Base', '-t', base, '--push', '.');
  };
  const first = await push('one');
  await write('Dockerfile', `FROM ${base}\n`);
  const without = await sandbox.run(['build', '--locked', '.']);
  assert.equal(without.code, 7);
  assert.match(without.stderr, new RegExp(`Dockerfile:1: image ${base}[^]*Run "lading lock"`));

  assert.match(await sandbox.out('lock', '.'), new RegExp(`^Dockerfile.lock:\n {2}\\+ ${base} ${first}$`));
  const second = await push('two');
  assert.equal(await sandbox.out('lock', '.'), 'Dockerfile.lock: nothing changed');
  const built = async (flags: string): Promise<string> =>
    (await sandbox.shell(`rm -rf out; lading build ${flags} -o out . >&2 && cat out/base`)).stdout.trim();
  assert.deepEqual([await built('--locked'), await built('')], ['one', 'one']);
  assert.match(await sandbox.out('lock', '--update', base, '.'), new RegExp(`~ ${base} ${first} → ${second}$`));
  assert.equal(await built('--locked'), 'two');
  assert.equal(JSON.parse(await readFile(join(sandbox.folder, 'Dockerfile.lock'), 'utf8')).images[base], second);
});

test('lading lock shows a private repository the secret that it is given', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const sandbox = await openSandbox(t);
  const commit = 'a1'.repeat(20);
  const packet = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text;
  const server = await startHttpServer(t, (request, response) => {
    if (request.headers.authorization !== 'Bearer token') {
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      return;
    }
    // gitprotocol-http, the advertisement of version 0
    response.setHeader('content-type', 'application/x-git-upload-pack-advertisement');
    response.end(`${packet('# service=git-upload-pack\n')}0000${packet(`${commit} refs/heads/main\0\n`)}0000`);
  });
  const url = `http://${server.host}/x.git#main`;
  await writeFile(join(sandbox.folder, 'Dockerfile'), `FROM scratch\nADD ${url} /\n`);
  const { code, stdout, stderr } = await sandbox.shell(
    `lading lock . && exit 9
     HEADER='Bearer token' lading lock --secret id=GIT_AUTH_HEADER,env=HEADER .`,
  );
  assert.equal(code, 0, stderr);
  assert.match(stderr, /wants credentials/);
  assert.ok(stdout.includes(`+ ${url} ${commit}`));
});

test('a named context replaces a base, and a repository of this machine is a context', async (t) => {
  const sandbox = await openSandbox(t);
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { code, stderr } = await sandbox.shell(
    `export GIT_CONFIG_GLOBAL=/dev/null
     mkdir repo tools && echo tool > tools/tool
     printf 'FROM base\\nCOPY here /\\n' > repo/Dockerfile && echo here > repo/here
     git -C repo init -q -b main && git -C repo add . && git -C repo -c user.name=T -c user.email=t@example.org commit -q -m x
     lading build --build-context base=tools -o out "file://$PWD/repo#main"
     test "$(cat out/tool out/here)" = "$(printf 'tool\\nhere')"`,
  );
  assert.equal(code, 0, stderr);
});

test('a build that is interrupted while its context arrives ends at once and leaves nothing', async (t) => {
  const sandbox = await openSandbox(t);
  const { code, stdout, stderr } = await sandbox.shell(
    `mkdir ctx && head -c 3000000 /dev/urandom > ctx/random && tar -C ctx -c . > ctx.tar
     mkfifo slow
     { head -c 2000000 ctx.tar; exec sleep 20; } > slow & feeder=$!
     lading build - < slow & pid=$!
     while kill -0 $pid && ! test -d home/cache/spool; do sleep 0.05; done
     sleep 0.2; kill -INT $pid
     wait $pid && exit 9 || echo $?
     kill $feeder; ls -A home/cache/spool`,
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout, '130\n', stderr);
});
