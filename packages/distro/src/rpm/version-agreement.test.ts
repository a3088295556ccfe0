import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, runProgram, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { compareRpmVersions } from './version.ts';

const piece = fc.constantFrom(...'0 1 2 9 10 01 . . a b rc Z ~ ^ _ + el9 git20240101'.split(' '));
const part = fc.array(piece, { minLength: 1, maxLength: 5, size: 'max' }).map((pieces) => pieces.join(''));
const version = fc
  .tuple(fc.constantFrom('', '', '0:', '1:', '2:'), part, fc.option(part, { nil: undefined }))
  .map(([epoch, upstream, release]) => epoch + upstream + (release === undefined ? '' : `-${release}`));

// No condition of the tests as a whole: few machines that build images have rpm, and the vectors hold what it says.
test('rpm agrees on 10,000 generated pairs, where there is one', async (t) => {
  const rpm = findProgram('rpm');
  if (rpm === undefined) return t.skip('there is no rpm');
  const pairs = fc.sample(fc.tuple(version, version), 10_000);
  const file = join(await temporaryFolder(t), 'pairs');
  writeFileSync(file, pairs.map((pair) => `${pair.join(' ')}\n`).join(''));
  const script = `for line in io.lines('${file}') do local a, b = line:match('(%S+) (%S+)'); print(rpm.vercmp(a, b) .. '\\n') end`;
  const { code, stdout, stderr } = await runProgram(rpm, ['--eval', `%{lua: ${script}}`]);
  assert.equal(code, 0, stderr);
  const orders = stdout.split('\n').filter((line) => line !== '');
  assert.equal(orders.length, pairs.length);
  for (const [index, [a, b]] of pairs.entries()) {
    assert.equal(Math.sign(compareRpmVersions(a, b)), Number(orders[index]), `${a} and ${b}`);
  }
});
