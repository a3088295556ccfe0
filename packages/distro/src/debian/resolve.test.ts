import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { PackageIndex } from './package-index.ts';
import { type ResolveOptions, resolvePackages } from './resolve.ts';

/** One package a line: `name version` followed by fields, separated by `;`. */
function index(lines: string): PackageIndex {
  const paragraphs = lines
    .trim()
    .split('\n')
    .map((line) => {
      const [head = '', ...fields] = line.split(';').map((part) => part.trim());
      const [name, version, architecture = 'amd64'] = head.split(' ');
      return [`Package: ${name}`, `Version: ${version}`, `Architecture: ${architecture}`, ...fields].join('\n');
    });
  return new PackageIndex().add(Buffer.from(`${paragraphs.join('\n\n')}\n`));
}

function resolve(lines: string, requests: string[], options: Partial<ResolveOptions> = {}): string {
  const packages = resolvePackages(index(lines), requests, { architecture: 'amd64', ...options });
  return packages.map(({ record }) => `${record.name}=${record.version}`).join(' ');
}

function failure(lines: string, requests: string[]): string {
  try {
    resolve(lines, requests);
  } catch (error) {
    assert.ok(isLadingError(error, 'PACKAGE_UNRESOLVED'));
    return `${error.message} / ${error.hint}`;
  }
  return assert.fail('it resolved');
}

test('resolvePackages() follows Depends and Pre-Depends to the newest versions that fit', () => {
  const lines = `
    curl 8; Depends: libcurl (= 8); Pre-Depends: libc
    libcurl 9
    libcurl 8
    libc 1
    libc 2
    libc 3 arm64
    unrelated 1`;
  assert.equal(resolve(lines, ['curl']), 'curl=8 libc=2 libcurl=8');
  assert.equal(resolve(lines, ['libc=1']), 'libc=1');
  assert.equal(resolve(lines, ['libcurl (<< 9)']), 'libcurl=8');
});

test('of alternatives the first is taken, unless another is already chosen', () => {
  const lines = `
    app 1; Depends: debconf | debconf-2.0
    debconf 1
    cdebconf 1; Provides: debconf-2.0`;
  assert.equal(resolve(lines, ['app']), 'app=1 debconf=1');
  assert.equal(resolve(lines, ['app', 'cdebconf']), 'app=1 cdebconf=1');
  assert.equal(resolve(lines, ['app'], { prefer: new Set(['cdebconf']) }), 'app=1 cdebconf=1');
});

test('a virtual package is provided by the one of highest priority, versions respected', () => {
  const lines = `
    base 1; Pre-Depends: awk
    gawk 1; Provides: awk; Priority: optional
    mawk 1; Provides: awk; Priority: required
    app 1; Depends: api (>= 2)
    old 1; Provides: api
    new 1; Provides: api (= 2.1)`;
  assert.equal(resolve(lines, ['base']), 'base=1 mawk=1');
  assert.equal(resolve(lines, ['base', 'gawk']), 'base=1 gawk=1');
  assert.equal(resolve(lines, ['app']), 'app=1 new=1');
});

test('a choice that ends in a conflict is taken back', () => {
  const lines = `
    app 1; Depends: one | two, rest
    one 1; Conflicts: rest
    two 1
    rest 1`;
  assert.equal(resolve(lines, ['app']), 'app=1 rest=1 two=1');
});

test('a package may conflict with the virtual package it provides itself', () => {
  const lines = `
    exim 1; Provides: mta; Conflicts: mta
    postfix 1; Provides: mta; Conflicts: mta`;
  assert.equal(resolve(lines, ['exim']), 'exim=1');
  assert.match(failure(lines, ['exim', 'postfix']), /postfix: postfix 1 conflicts with exim 1 \(exim\)/);
});

test('Essential packages come only when asked for; relations of other architectures do not count', () => {
  const lines = `
    app 1; Depends: only-arm [arm64], foreign:arm64 | native, any:any
    native 1
    any 1
    foreign 1
    bash 5; Essential: yes`;
  assert.equal(resolve(lines, ['app']), 'any=1 app=1 native=1');
  assert.equal(resolve(lines, [], { essential: true }), 'bash=5');
});

test('assumed dependencies bring nothing', () => {
  const lines = `
    dash 1; Depends: dpkg, libc
    dpkg 1
    libc 1`;
  assert.equal(resolve(lines, ['dash'], { assume: (relation) => relation.name === 'dpkg' }), 'dash=1 libc=1');
});

test('a dependency that nothing satisfies is explained from the request down', () => {
  const lines = `
    curl 8; Depends: libcurl4 (>= 8)
    libcurl4 8; Depends: libssl3 (>= 3.0.0)
    libssl3 1.1`;
  assert.match(
    failure(lines, ['curl']),
    /^Cannot resolve curl → libcurl4 \(>= 8\) → libssl3 \(>= 3\.0\.0\): no candidate; the archive has libssl3 1\.1/,
  );
  assert.match(failure(lines, ['culr']), /Did you mean curl\?/);
  assert.match(failure('a 1 arm64', ['a']), /no candidate for amd64/);
});

test('an exponential number of choices ends', () => {
  const pairs = Array.from({ length: 40 }, (_, i) => `a${i} 1\nb${i} 1`).join('\n');
  const depends = Array.from({ length: 40 }, (_, i) => `a${i} | b${i}`).join(', ');
  assert.match(failure(`app 1; Depends: ${depends}, absent\n${pairs}`, ['app']), /app → absent: no candidate/);
});
