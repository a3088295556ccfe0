import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { findProgram, runProgram, skipUnless } from '@lading/testkit';
import fc from 'fast-check';
import { inMemory } from '../random-access.ts';
import { ELF_BASE, makeElf } from '../testing/make-elf.ts';
import { openElf } from './elf.ts';

const sections = { '.one': Buffer.from('first'), '.two': Buffer.from('the second') };

for (const bits of [32, 64] as const) {
  for (const bigEndian of [false, true]) {
    test(`reads sections and addresses of ${bits} bits, ${bigEndian ? 'big' : 'little'} endian`, async () => {
      const bytes = makeElf({ bits, bigEndian, sections });
      const elf = await openElf(inMemory(bytes));
      assert.deepEqual(
        elf?.sections.map(({ name }) => name),
        ['', '.one', '.two', '.shstrtab'],
      );
      assert.equal(String(await elf?.readSection('.two', 100)), 'the second');
      assert.equal(await elf?.readSection('.two', 5), undefined);
      assert.equal(await elf?.readSection('.three', 100), undefined);
      const address = elf?.sections[1]?.address ?? 0;
      assert.equal(String(await elf?.readAddress(address, 5)), 'first');
      assert.equal((await elf?.readAddress(ELF_BASE - 1, 5))?.length, 0);
      assert.equal((await elf?.readAddress(2 ** 60, 5))?.length, 0);
    });
  }
}

test('a file without a table of sections has its segments', async () => {
  const elf = await openElf(inMemory(makeElf({ sections, stripped: true })));
  assert.deepEqual([elf?.sections.length, elf?.segments.length], [0, 1]);
});

test('what is no ELF file, or is cut off, is none', async () => {
  const whole = makeElf({ sections });
  for (const bytes of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), whole.subarray(0, 63), whole.subarray(0, -1)])
    assert.equal(await openElf(inMemory(bytes)), undefined);
});

test('names the sections that readelf names', async (t) => {
  const readelf = findProgram('readelf');
  if (!skipUnless(t, readelf !== undefined, 'readelf is missing')) return;
  const { stdout } = await runProgram(readelf ?? '', ['-SW', process.execPath]);
  const expected = [...stdout.matchAll(/^ +\[ *[1-9]\d*\] (\S+)/gm)].map(([, name]) => name);
  const elf = await openElf(inMemory(await readFile(process.execPath)));
  assert.ok(expected.length > 10);
  assert.deepEqual(
    elf?.sections.slice(1).map(({ name }) => name),
    expected,
  );
});

test('whatever bytes of the headers are changed, reading ends, within the file', async () => {
  const original = makeElf({ sections });
  const changes = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(changes, async (list) => {
      const bytes = Buffer.from(original);
      for (const [at, to] of list) bytes[at] = to;
      const elf = await openElf(inMemory(bytes));
      for (const { name, address } of elf?.sections ?? []) {
        assert.ok(((await elf?.readSection(name, 1 << 20))?.length ?? 0) <= bytes.length);
        assert.ok(((await elf?.readAddress(address, 1 << 20))?.length ?? 0) <= bytes.length);
      }
    }),
    { numRuns: 500 },
  );
});
