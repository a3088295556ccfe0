import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import type { TarEntryInput } from '@lading/tar';
import { findProgram, runProgram, skipUnless } from '@lading/testkit';
import { workbench } from '../../testing/recipe-workbench.ts';

/** The smallest shared object that ldconfig takes for one: a header, a segment with everything, a dynamic section. */
function sharedObject(soname: string | undefined): Buffer {
  const names = Buffer.from(`\0${soname ?? ''}\0`);
  const [head, dynamicAt, namesAt] = [Buffer.alloc(64 + 2 * 56), 176, 176 + 64];
  const elf = Buffer.concat([head, Buffer.alloc(64), names]);
  elf.write('\x7fELF\x02\x01\x01', 'latin1');
  elf.writeUInt16LE(3, 16);
  elf.writeUInt16LE(62, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(64n, 32);
  elf.writeUInt16LE(64, 52);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(2, 56);
  const segment = (at: number, type: number, offset: number, size: number): void => {
    elf.writeUInt32LE(type, at);
    elf.writeUInt32LE(4, at + 4);
    elf.writeBigUInt64LE(BigInt(offset), at + 8);
    elf.writeBigUInt64LE(BigInt(offset), at + 16);
    elf.writeBigUInt64LE(BigInt(size), at + 32);
    elf.writeBigUInt64LE(BigInt(size), at + 40);
  };
  segment(64, 1, 0, elf.length);
  segment(64 + 56, 2, dynamicAt, 64);
  const pairs = [[5, namesAt], [10, names.length], ...(soname === undefined ? [] : [[14, 1]])];
  for (const [index, [tag = 0, value = 0]] of pairs.entries()) {
    elf.writeBigUInt64LE(BigInt(tag), dynamicAt + index * 16);
    elf.writeBigUInt64LE(BigInt(value), dynamicAt + index * 16 + 8);
  }
  return elf;
}

test('/etc/ld.so.cache names what ldconfig itself would name, in its order', async (t) => {
  const ldconfig = findProgram('ldconfig');
  if (!skipUnless(t, ldconfig !== undefined && process.arch === 'x64', 'ldconfig on amd64') || ldconfig === undefined)
    return;
  const folder = 'lib/x86_64-linux-gnu';
  const library = (soname: string | undefined): Partial<TarEntryInput> => {
    const object = sharedObject(soname);
    return { size: object.length, content: fromBuffer(object) };
  };
  const link = (linkPath: string): Partial<TarEntryInput> => ({ type: 'symlink', mode: 0o777, linkPath });
  const bench = await workbench(t, [
    {
      name: 'libs',
      files: {
        'etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\n',
        'etc/ld.so.conf.d/a.conf': '# first\n/opt/own/lib/\n',
        'etc/ld.so.conf.d/multiarch.conf':
          '/usr/local/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n',
        'etc/ld.so.conf.d/off.disabled': '/srv\n',
        [`${folder}/libone.so.1.2`]: library('libone.so.1'),
        [`${folder}/libone.so.1`]: link('libone.so.1.2'),
        [`${folder}/libone.so`]: link('libone.so.1'),
        [`${folder}/libten.so.10`]: library('libten.so.10'),
        [`${folder}/libten.so.9`]: library('libten.so.9'),
        [`${folder}/libplain.so`]: library(undefined),
        [`${folder}/libtext.so`]: 'INPUT(libone.so.1)\n',
        [`${folder}/other.so.1`]: library('other.so.1'),
        'opt/own/lib/libone.so.1': library('libone.so.1'),
        'usr/lib/libtop.so.2': library('libtop.so.2'),
        'srv/liboff.so.1': library('liboff.so.1'),
      },
    },
  ]);
  const recipe = await bench.recipe('[libs]');
  await using root = await bench.assemble(recipe, await bench.lock(recipe));
  const place = join(bench.folder, 'root');
  await mkdir(place);
  await writeFile(join(bench.folder, 'root.tar'), root.layers[0]!.tar());
  await runProgram('tar', ['-C', place, '--no-same-owner', '-xf', join(bench.folder, 'root.tar')]);
  const shown = async (): Promise<string[]> => {
    const result = await runProgram(ldconfig, ['-C', join(place, 'etc/ld.so.cache'), '-p']);
    return result.stdout.split('\n').filter((line) => line.includes('=>'));
  };
  const ours = await shown();
  assert.ok(ours.length > 5 && (await readFile(join(place, 'etc/ld.so.cache'))).length > 100);
  await rm(join(place, 'etc/ld.so.cache'));
  const run = await runProgram(ldconfig, ['-r', place, '-X']);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(ours, await shown());
});
