import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { findProgram, isLongRun, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { catalogedBytes } from '../../testing/cataloged-bytes.ts';
import { makeElf } from '../../testing/make-elf.ts';
import { rustCataloger } from './cataloger.ts';

const audit = {
  packages: [
    { name: 'cc', version: '1.0.83', source: 'crates.io', kind: 'build' },
    { name: 'libc', version: '0.2.150', source: 'crates.io' },
    { name: 'program', version: '0.3.0', source: 'local', dependencies: [0, 1], root: true },
  ],
};

async function cratesOf(section: Buffer): Promise<unknown[]> {
  return cratesIn(makeElf({ sections: { '.dep-v0': section } }));
}

async function cratesIn(executable: Buffer): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const fact of rustCataloger.read(catalogedBytes('program', executable)))
    if (fact.kind === 'package') found.push(fact.package);
  return found;
}

test('reads what cargo-auditable noted, without what only the build needed', async () => {
  assert.deepEqual(await cratesOf(deflateSync(JSON.stringify(audit))), [
    { type: 'cargo', name: 'libc', version: '0.2.150' },
    { type: 'cargo', name: 'program', version: '0.3.0', role: 'main' },
  ]);
});

for (const [what, section] of [
  ['no zlib data', Buffer.from('something else')],
  ['no JSON', deflateSync('{"packages":[')],
  ['no list', deflateSync('null')],
  ['a bomb', deflateSync(Buffer.alloc(64 << 20))],
] as const) {
  test(`a section with ${what} is an error`, async () => {
    await assert.rejects(cratesOf(section), { code: 'EXECUTABLE_INVALID' });
  });
}

test('reads what cargo-auditable itself puts into a program', async (t) => {
  if (!isLongRun(t)) return;
  if (!skipUnless(t, findProgram('cargo-auditable') !== undefined, 'cargo-auditable is missing')) return;
  const folder = await temporaryFolder(t);
  const crate = async (name: string, version: string, more: string, file: string, code: string): Promise<void> => {
    await mkdir(join(folder, name, 'src'), { recursive: true });
    const manifest = `[package]\nname = "${name}"\nversion = "${version}"\nedition = "2021"\n${more}`;
    await writeFile(join(folder, name, 'Cargo.toml'), manifest);
    await writeFile(join(folder, name, 'src', file), code);
  };
  await crate('used', '0.2.0', '', 'lib.rs', 'pub const ONE: u8 = 1;');
  await crate('builds', '0.3.0', '', 'lib.rs', '');
  const needs = '[dependencies]\nused = { path = "../used" }\n[build-dependencies]\nbuilds = { path = "../builds" }\n';
  await crate('program', '1.0.0', needs, 'main.rs', 'fn main() { println!("{}", used::ONE); }');
  const cwd = join(folder, 'program');
  const result = await runProgram('cargo', ['auditable', 'build', '--offline'], { cwd, timeoutMs: 120_000 });
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(await cratesIn(await readFile(join(cwd, 'target/debug/program'))), [
    { type: 'cargo', name: 'program', version: '1.0.0', role: 'main' },
    { type: 'cargo', name: 'used', version: '0.2.0' },
  ]);
});
