import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { findProgram, isLongRun, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { catalogedBytes } from '../../testing/cataloged-bytes.ts';
import { catalogFolder } from '../../testing/cataloged-folder.ts';
import { FIRST_SECTION, makeElf } from '../../testing/make-elf.ts';
import { goCataloger } from './cataloger.ts';

const MARK = Buffer.alloc(16, 0xf3);
const text = [
  'path\texample.org/team/program/cmd/run',
  'mod\texample.org/team/program\t(devel)\t',
  'dep\texample.org/a/part\tv1.2.3\th1:x',
  'dep\texample.org/b\tv0.1.0',
  '=>\texample.org/c/v2\tv2.0.0\th1:y',
  'dep\texample.org/d\tv0.4.0',
  '=>\t./d\t(devel)\t',
  'build\t-ldflags="-s -X \'main.version=1.4.2\' -X main.minVersion=1.0.0"',
  '',
].join('\n');
const modules = Buffer.concat([MARK, Buffer.from(text), MARK]);

const expected = [
  'example.org/team/program v1.4.2 main',
  'example.org/a/part v1.2.3',
  'example.org/c/v2 v2.0.0',
  'example.org/d (devel)',
  'stdlib v1.17.13 standard-library',
];

function inline(version: string): Buffer {
  const counted = (bytes: Buffer): Buffer[] => [Buffer.from([(bytes.length & 127) | 128, bytes.length >> 7]), bytes];
  const header = Buffer.concat([Buffer.from('\xff Go buildinf:\x08\x02', 'latin1'), Buffer.alloc(16)]);
  return Buffer.concat([header, ...counted(Buffer.from(version)), ...counted(modules)]);
}

/** As before Go 1.18: pointers to strings, which here follow in the same section. */
function pointers(version: string): Buffer {
  const words = (...values: number[]): Buffer => Buffer.from(BigUint64Array.from(values.map(BigInt)).buffer);
  const [strings, texts] = [FIRST_SECTION + 32, FIRST_SECTION + 64];
  return Buffer.concat([
    Buffer.from('\xff Go buildinf:\x08\x00', 'latin1'),
    words(strings, strings + 16, texts, version.length, texts + version.length, modules.length),
    Buffer.from(version),
    modules,
  ]);
}

async function modulesOf(bytes: Buffer): Promise<string[]> {
  const found: string[] = [];
  for await (const fact of goCataloger.read(catalogedBytes('usr/bin/program', bytes))) {
    if (fact.kind !== 'package') continue;
    const { namespace, name, version, role } = fact.package;
    found.push([namespace === undefined ? name : `${namespace}/${name}`, version, role].join(' ').trimEnd());
  }
  return found;
}

for (const stripped of [false, true]) {
  const how = stripped ? 'without a table of sections' : 'in a section';
  test(`reads build information ${how}, as Go 1.18 and later write it`, async () => {
    const sections = { '.go.buildinfo': inline('go1.17.13') };
    assert.deepEqual(await modulesOf(makeElf({ sections, stripped })), expected);
  });
  test(`reads build information ${how}, as Go before 1.18 wrote it`, async () => {
    const sections = { '.go.buildinfo': pointers('go1.17.13') };
    assert.deepEqual(await modulesOf(makeElf({ sections, stripped })), expected);
  });
}

test('an executable of another compiler, a packed one and a text are nothing', async () => {
  assert.deepEqual(await modulesOf(makeElf({ sections: { '.text': Buffer.alloc(100) } })), []);
  assert.deepEqual(await modulesOf(makeElf({ sections: { UPX: Buffer.alloc(100) }, stripped: true })), []);
  assert.deepEqual(await modulesOf(Buffer.from('#!/bin/sh')), []);
});

test('build information that is cut off is an error', async () => {
  const sections = { '.go.buildinfo': inline('go1.17.13').subarray(0, 80) };
  const bytes = makeElf({ sections: {}, stripped: true });
  const cut = Buffer.concat([makeElf({ sections, stripped: true }).subarray(0, 128 + 80)]);
  assert.deepEqual(await modulesOf(bytes), []);
  await assert.rejects(modulesOf(cut), { code: 'EXECUTABLE_INVALID' });
});

test('it wants executables, and no libraries or scripts', () => {
  const elf = makeElf({ sections: {} });
  const { header } = catalogedBytes('usr/bin/program', elf);
  assert.equal(goCataloger.wants({ ...header, mode: 0o755 }, elf), true);
  assert.equal(goCataloger.wants({ ...header, mode: 0o644 }, elf), false);
  assert.equal(goCataloger.wants({ ...header, mode: 0o755 }, Buffer.from('#!/bin/sh')), false);
});

test('whatever bytes are changed, it ends, and fails with LadingErrors only', async () => {
  const originals = [inline, pointers].map((form) => makeElf({ sections: { '.go.buildinfo': form('go1.17.13') } }));
  const change = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      async (original, list) => {
        const bytes = Buffer.from(original);
        for (const [at, to] of list) bytes[Math.floor(at * bytes.length)] = to;
        try {
          await modulesOf(bytes);
        } catch (error) {
          assert.ok(isLadingError(error, 'EXECUTABLE_INVALID'), String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('says of the Go toolchain itself which Go linked it', async (t) => {
  const go = findProgram('go');
  if (!skipUnless(t, go !== undefined, 'go is missing')) return;
  const { stdout } = await runProgram(go ?? '', ['version', go ?? '']);
  const version = / go([\d.]+)/.exec(stdout)?.[1] ?? '';
  const [found] = await modulesOf(await readFile(go ?? ''));
  assert.match(found ?? '', new RegExp(`^stdlib v${version.replaceAll('.', '\\.')}[.0]* standard-library$`));
});

test('agrees with `go version -m` about a program of public modules, for several machines', async (t) => {
  if (!isLongRun(t)) return;
  const go = findProgram('go');
  if (!skipUnless(t, go !== undefined, 'go is missing')) return;
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'part'));
  await writeFile(join(folder, 'part/go.mod'), 'module example.org/local/part\n\ngo 1.19\n');
  await writeFile(join(folder, 'part/part.go'), 'package part\n\nconst One = 1\n');
  await writeFile(join(folder, 'go.mod'), GO_MOD);
  await writeFile(join(folder, 'main.go'), MAIN_GO);
  const run = async (architecture: string, ...args: string[]): Promise<string> => {
    const env = { ...process.env, GOARCH: architecture, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' };
    const result = await runProgram(go ?? '', args, { cwd: folder, env, timeoutMs: 300_000 });
    assert.equal(result.code, 0, result.stderr);
    return result.stdout;
  };
  await run('amd64', 'mod', 'tidy');
  for (const [architecture, flags] of [
    ['amd64', '-s -w'],
    ['386', ''],
    ['s390x', ''],
  ] as const) {
    await run(architecture, 'build', '-ldflags', flags, '-o', `program-${architecture}`, '.');
    const told = await run(architecture, 'version', '-m', `program-${architecture}`);
    assert.deepEqual(await modulesOf(await readFile(join(folder, `program-${architecture}`))), toldModules(told));
  }
  assert.equal((await catalogFolder(folder, [goCataloger])).warnings.length, 0);
});

/** What `go version -m` prints, as this test names modules. */
function toldModules(told: string): string[] {
  const found: string[] = [];
  for (const line of told.split('\n')) {
    const [, kind, path = '', version = ''] = line.split('\t');
    if (kind === 'mod') found.push(`${path} ${version} main`);
    if (kind === 'dep') found.push(`${path} ${version}`);
    if (kind !== '=>') continue;
    const replaced = found.pop()?.split(' ')[0];
    found.push(version === '(devel)' ? `${replaced} (devel)` : `${path} ${version}`);
  }
  return [...found, `stdlib v${/: go([\d.]+)/.exec(told)?.[1]} standard-library`];
}

const GO_MOD = `module example.org/team/program

go 1.19

require (
	github.com/google/uuid v1.6.0
	golang.org/x/text v0.14.0
	github.com/dgrijalva/jwt-go v3.2.0+incompatible
	example.org/local/part v0.1.0
)

replace github.com/dgrijalva/jwt-go => github.com/golang-jwt/jwt v3.2.1+incompatible

replace example.org/local/part => ./part
`;

const MAIN_GO = `package main

import (
	"fmt"

	"example.org/local/part"
	"github.com/dgrijalva/jwt-go"
	"github.com/google/uuid"
	"golang.org/x/text/language"
)

func main() {
	fmt.Println(uuid.New(), language.English, part.One, jwt.ErrInvalidKey)
}
`;
