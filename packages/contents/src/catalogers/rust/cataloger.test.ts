import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
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
  const found: unknown[] = [];
  for await (const fact of rustCataloger.read(catalogedBytes('program', makeElf({ sections: { '.dep-v0': section } }))))
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
