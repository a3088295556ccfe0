import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram, isLongRun, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { compareDebianVersions } from './version.ts';

const piece = fc.constantFrom(...'0 1 2 9 10 01 . . a b rc Z ~ + - deb12u1 ~bpo git20240101 +dfsg +b1'.split(' '));
const part = fc.array(piece, { maxLength: 5, size: 'max' }).map((pieces) => pieces.join(''));
// As dpkg wants it: digits first, a hyphen in the upstream part only where a revision follows, no empty revision.
const version = fc
  .tuple(
    fc.constantFrom('', '', '0:', '1:', '2:'),
    fc.constantFrom('0', '1', '1.2', '10'),
    part,
    fc.constantFrom('', '-1', '-0', '-1.1~a'),
  )
  .map(([epoch, start, rest, revision]) => epoch + start + rest + revision)
  .filter((text) => !text.endsWith('-'));

// One shell, one dpkg for each pair: dpkg has no way to ask for several.
const script = `while read -r a operator b; do dpkg --compare-versions "$a" "$operator" "$b" || echo "$a $operator $b"; done < "$1"`;

test('dpkg --compare-versions agrees on 100 generated pairs', (t) => agree(t, 100));

test('dpkg --compare-versions agrees on 10,000 generated pairs', async (t) => {
  if (isLongRun(t)) await agree(t, 10_000);
});

async function agree(t: TestContext, pairs: number): Promise<void> {
  if (!skipUnless(t, findProgram('dpkg') !== undefined, 'there is no dpkg')) return;
  const lines = fc.sample(fc.tuple(version, version), pairs).map(([a, b]) => `${a} ${operatorOf(a, b)} ${b}\n`);
  const file = join(await temporaryFolder(t), 'pairs');
  writeFileSync(file, lines.join(''));
  const { code, stdout, stderr } = await runProgram('sh', ['-c', script, 'sh', file], { timeoutMs: 240_000 });
  assert.deepEqual({ code, disagreements: stdout, stderr }, { code: 0, disagreements: '', stderr: '' });
}

function operatorOf(a: string, b: string): string {
  const order = compareDebianVersions(a, b);
  return order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq';
}
