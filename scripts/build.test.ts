import assert from 'node:assert/strict';
import { glob, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { mixedBytes, runProgram, temporaryFolder } from '@lading/testkit';
import { buildPackage, programs } from './build.ts';

const published = await mkdtemp(join(tmpdir(), 'lading-published-'));
after(() => rm(published, { recursive: true }));
const program = await buildPackage(published);

test('the published package runs by itself, elsewhere: also what it starts in threads of its own', async (t) => {
  const folder = await temporaryFolder(t);
  const env = { ...process.env, HOME: folder, LADING_HOME: join(folder, 'home') };
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(program, args, { cwd: folder, env });
    assert.equal(code, 0, `lading ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  assert.match(await run('--version'), /^\d+\.\d+\.\d+/);
  await mkdir(join(folder, 'context'));
  await writeFile(join(folder, 'context/Dockerfile'), 'FROM scratch\nCOPY large /large\n');
  await writeFile(join(folder, 'context/large'), mixedBytes(3 << 20));
  assert.match(await run('build', '-t', 'app:1.0', 'context'), /sha256:/);
  assert.match(await run('history', 'app:1.0'), /COPY large/);
});

test('compiled code is kept from a run that went well, taken by the next, and made anew where it was damaged', async (t) => {
  const folder = await temporaryFolder(t);
  const kept = join(folder, 'compiled');
  const env = { ...process.env, LADING_HOME: join(folder, 'home'), NODE_COMPILE_CACHE: kept };
  const build = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await runProgram(program, ['build', ...args], { cwd: folder, env });
    assert.equal(code, 0, stderr);
    const [path = '', ...others] = await Array.fromAsync(glob(join(kept, '*.pack-*')));
    assert.deepEqual(others, []);
    return path;
  };
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
  const path = await build('--help');
  const little = (await readFile(path)).length;
  await build('.');
  const whole = await readFile(path);
  assert.ok(whole.length > 2 * little, 'a run that does more knows more code');
  await build('.');
  assert.deepEqual(await readFile(path), whole, 'nothing new was loaded');
  await truncate(path, 1000);
  await build('-o', 'type=tar,dest=root.tar', '.'); // which needs what no pack has
  assert.ok((await readFile(path)).length > 2 * little);
});

test('every module of the package loads, also those that are seldom asked for', async () => {
  const text = `
    const programs = new Set(process.argv.slice(2));
    for (const name of require('node:fs').readdirSync('.'))
      if (name.endsWith('.js') && !programs.has(name.slice(0, -3))) require(require('node:path').resolve(name));
    process.exit();`;
  const script = join(published, 'load.cjs');
  await writeFile(script, text);
  const { code, stderr } = await runProgram(process.execPath, [script, 'main', ...Object.keys(programs)], {
    cwd: join(published, 'lib'),
  });
  assert.equal(code, 0, stderr);
});
