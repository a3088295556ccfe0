import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, isLongRun, skipUnless, vector } from '@lading/testkit';
import { openSandbox, program, type Sandbox } from './testing/lading.ts';

// RUN from the command line, with real processes.

async function sandboxWithAlpine(t: Parameters<typeof vector>[0]): Promise<Sandbox | undefined> {
  const archive = vector(t, 'images/alpine-311.docker-archive.tar.gz');
  if (archive === undefined) return undefined;
  const sandbox = await openSandbox(t);
  await sandbox.out('load', '-i', archive);
  return sandbox;
}

async function context(sandbox: Sandbox, dockerfile: string): Promise<string> {
  const folder = join(sandbox.folder, 'context');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'Dockerfile'), dockerfile);
  return folder;
}

function commandLines(): string {
  return execFileSync('sh', ['-c', `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; true`], {
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
}

async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`did not happen within 20 s: ${what}`);
}

test('secrets come from files and variables and stand nowhere in the home, and agents hold keys that cannot be removed', async (t) => {
  const sandbox = await sandboxWithAlpine(t);
  if (sandbox === undefined) return;
  const { folder, env } = sandbox;
  await writeFile(join(folder, 'token.txt'), 'from-a-file\n');
  const folderOfContext = await context(
    sandbox,
    `FROM alpine:3.11
RUN --mount=type=secret,id=file --mount=type=secret,id=NAMED,env=NAMED --mount=type=secret,id=other,env=OTHER \\
    sha256sum /run/secrets/file && echo -n "$NAMED$OTHER" | sha256sum && cat /run/secrets/file && echo "$OTHER" && grep 198.51.100.1 /etc/hosts && ulimit -n
`,
  );
  const given = ['--secret', 'id=file,src=token.txt', '--secret', 'id=NAMED', '--secret', 'id=other,env=ELSEWHERE'];
  const { code, stderr } = await sandbox.run(
    ['build', ...given, '--add-host', 'db.example.org:198.51.100.1', '--ulimit', 'nofile=90', folderOfContext],
    { env: { NAMED: 'by-its-name', ELSEWHERE: 'under-another' } },
  );
  assert.equal(code, 0, stderr);
  for (const hidden of ['from-a-file', 'by-its-name', 'under-another']) assert.ok(!stderr.includes(hidden), stderr);
  assert.match(stderr, /\[redacted\]/);
  assert.match(stderr, /198\.51\.100\.1\s+db\.example\.org/);
  assert.match(stderr, /\b90\n/);
  const home = await sandbox.shell(`grep -rlF -e from-a-file -e by-its-name -e under-another "$LADING_HOME"; true`);
  assert.equal(home.stdout, '');
  const tools = findProgram('ssh-agent') !== undefined && findProgram('ssh-keygen') !== undefined;
  if (!skipUnless(t, tools, 'the OpenSSH client')) return;
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'id'), '-C', 'someone@example.org']);
  await chmod(join(folder, 'id'), 0o600);
  // SSH_AGENTC_REQUEST_IDENTITIES, then SSH_AGENTC_REMOVE_ALL_IDENTITIES: allowed, and not.
  const ask = String.raw`printf '\0\0\0\1\13' | nc local:$SSH_AUTH_SOCK | grep -c someone; printf '\0\0\0\1\23' | nc local:$SSH_AUTH_SOCK | od -An -tx1; printf '\0\0\0\1\13' | nc local:$SSH_AUTH_SOCK | grep -c someone`;
  const asked = await context(sandbox, `FROM alpine:3.11\nRUN --mount=type=ssh ${ask}\n`);
  const result = await sandbox.run(['build', '--ssh', `default=${join(folder, 'id')}`, asked], { env });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stderr, / 1\n.* 00 00 00 01 05\n.* 1\n/s);
  assert.ok(!commandLines().includes('lading-ssh-'), 'the agent has ended');
});

for (const engine of ['crun', 'runc', 'unshare', 'bubblewrap'])
  for (const signal of ['SIGINT', 'SIGKILL'] as const)
    test(`${engine}: ${signal} to a build leaves nothing running and nothing mounted`, async (t) => {
      const needed = { crun: 'crun', runc: 'runc', unshare: 'nsenter', bubblewrap: 'bwrap' }[engine] ?? '';
      if (!skipUnless(t, findProgram(needed) !== undefined, `the engine ${engine}`)) return;
      if ((engine !== 'unshare' || signal !== 'SIGKILL') && !isLongRun(t)) return;
      const sandbox = await sandboxWithAlpine(t);
      if (sandbox === undefined) return;
      const marker = `7${Math.floor(Math.random() * 1e9)}`;
      const folder = await context(
        sandbox,
        `FROM alpine:3.11
RUN --mount=target=/in --mount=type=cache,target=/c,sharing=locked --mount=type=tmpfs,target=/t --mount=type=secret,id=s \\
    trap "" TERM; (setsid sleep ${marker} &); echo is running; sleep ${marker}
`,
      );
      const env = { ...sandbox.env, LADING_ENGINE: engine, S: 'secret' };
      const build = spawn(program, ['build', '--secret', 'id=s,env=S', folder], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const exited = once(build, 'exit');
      let shown = '';
      build.stderr.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
      });
      await eventually(() => /\d +is running/.test(shown) || build.exitCode !== null, 'the step runs');
      assert.equal(build.exitCode, null, shown);
      build.kill(signal);
      const [code] = await exited;
      if (signal === 'SIGINT') assert.equal(code, 130, shown);
      const mine = () => commandLines().split('\n').join(' ');
      await eventually(
        () => !mine().includes(`sleep ${marker}`) && !mine().includes(sandbox.folder),
        'no process is left',
      );
      assert.ok(!(await readFile('/proc/self/mountinfo', 'utf8')).includes(sandbox.folder));
      const scratches = async (): Promise<string[]> => {
        const mappings = await readdir(join(sandbox.folder, 'home/snapshots'));
        return (
          await Promise.all(mappings.map((name) => readdir(join(sandbox.folder, 'home/snapshots', name, 'scratch'))))
        ).flat();
      };
      if (signal === 'SIGINT') assert.deepEqual(await scratches(), []);
      // The lock of the cache mount is free, and what the killed build left is tidied up.
      const next = await context(sandbox, 'FROM alpine:3.11\nRUN --mount=type=cache,target=/c,sharing=locked true\n');
      const after = await sandbox.run(['build', next]);
      assert.equal(after.code, 0, after.stderr);
      assert.deepEqual(await scratches(), []);
    });
