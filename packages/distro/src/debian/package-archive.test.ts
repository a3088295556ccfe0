import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, fromBuffer, fromFile } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { findProgram, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { readAr } from './ar.ts';
import { readPackageArchive } from './package-archive.ts';

function ar(...members: [name: string, content: string][]): Buffer {
  const parts = members.map(([name, content]) => {
    const header = name.padEnd(16) + '0'.padEnd(12) + '0'.padEnd(6) + '0'.padEnd(6) + '100644'.padEnd(8);
    return `${header}${String(content.length).padEnd(10)}\`\n${content}${content.length % 2 === 1 ? '\n' : ''}`;
  });
  return Buffer.from(`!<arch>\n${parts.join('')}`, 'latin1');
}

async function members(data: Buffer, step: number): Promise<[string, string][]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < data.length; at += step) yield data.subarray(at, at + step);
  }
  const found: [string, string][] = [];
  for await (const member of readAr(chunks())) {
    const content = await collect(member.content, { maxBytes: 1000, what: 'a member' });
    found.push([member.name, content.toString('latin1')]);
  }
  return found;
}

test('readAr() gives back every member, however the stream is cut', async () => {
  const name = fc.stringMatching(/^[a-z][a-z.]{0,13}$/);
  const content = fc.string({ unit: fc.constantFrom(...'ab`\n'), maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, content), { maxLength: 4 }),
      fc.integer({ min: 1, max: 99 }),
      async (list, step) => {
        assert.deepEqual(await members(ar(...list), step), list);
      },
    ),
    { numRuns: 200 },
  );
});

test('readAr() rejects an archive that is cut off anywhere', async () => {
  const whole = ar(['one', 'content'], ['two', 'x']);
  // 76 is the whole first member: an archive of one.
  for (let length = 0; length < whole.length - 1; length++) {
    if (length === 8 || length === 75 || length === 76) continue;
    await assert.rejects(
      members(whole.subarray(0, length), 64),
      (error) => isLadingError(error, 'PACKAGE_INVALID'),
      `${length} bytes`,
    );
  }
});

test('readPackageArchive() gives control, then data, and skips members of the future', async () => {
  const deb = ar(
    ['debian-binary', '2.0\n'],
    ['_extra', 'x'],
    ['control.tar.xz', 'c'],
    ['data.tar.zst', 'd'],
    ['more', ''],
  );
  const parts: string[] = [];
  for await (const { part, compression, content } of readPackageArchive(fromBuffer(deb))) {
    parts.push(`${part} ${compression} ${await collect(content, { maxBytes: 9, what: 'a part' })}`);
  }
  assert.deepEqual(parts, ['control xz c', 'data zstd d']);
});

test('readPackageArchive() says what is wrong with a package', async () => {
  for (const [data, fault] of [
    [ar(['control.tar', '']), 'first member'],
    [ar(['debian-binary', '3.0\n']), 'not 2.x'],
    [ar(['debian-binary', '2.0\n'], ['data.tar', '']), 'in the place of control.tar'],
    [ar(['debian-binary', '2.0\n'], ['control.tar.rar', '']), 'in the place of control.tar'],
    [ar(['debian-binary', '2.0\n'], ['control.tar', '']), 'ends before data'],
    [Buffer.from('<html>'), 'does not start with'],
  ] as const) {
    await assert.rejects(
      async () => {
        for await (const _ of readPackageArchive(fromBuffer(data)));
      },
      (error) => isLadingError(error, 'PACKAGE_INVALID') && error.message.includes(fault),
    );
  }
});

test('readPackageArchive() reads what dpkg-deb builds', async (t) => {
  const program = findProgram('dpkg-deb');
  if (!skipUnless(t, program !== undefined, 'dpkg-deb is not installed') || program === undefined) return;
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'tree/DEBIAN'), { recursive: true });
  writeFileSync(
    join(folder, 'tree/DEBIAN/control'),
    'Package: sample\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n',
  );
  for (const compression of ['none', 'gzip', 'xz', 'zstd']) {
    const path = join(folder, `${compression}.deb`);
    const built = await runProgram(program, [
      '--root-owner-group',
      `-Z${compression}`,
      '--build',
      join(folder, 'tree'),
      path,
    ]);
    assert.equal(built.code, 0, built.stderr);
    const parts: string[] = [];
    for await (const part of readPackageArchive(fromFile(path))) parts.push(`${part.part} ${part.compression}`);
    assert.deepEqual(parts.at(-1), `data ${compression}`);
    assert.equal(parts.length, 2);
  }
});
