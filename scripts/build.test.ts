import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { mixedBytes, runProgram, temporaryFolder } from '@lading/testkit';
import { buildPackage } from './build.ts';

test('the published package runs by itself, elsewhere: also what it starts in threads of its own', async (t) => {
  const folder = await temporaryFolder(t);
  const program = await buildPackage(join(folder, 'package'));
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
