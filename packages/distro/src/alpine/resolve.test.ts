import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { AlpineIndex } from './package-index.ts';
import { resolveAlpinePackages } from './resolve.ts';

/** One package a line: `name version` followed by fields, separated by `;`. */
function index(lines: string): AlpineIndex {
  const paragraphs = lines
    .trim()
    .split('\n')
    .map((line, number) => {
      const [head = '', ...fields] = line.split(';').map((part) => part.trim());
      const [name, version] = head.split(' ');
      return [`C:Q1${number}`, `P:${name}`, `V:${version}`, ...fields].join('\n');
    });
  return new AlpineIndex().add(`${paragraphs.join('\n\n')}\n`);
}

function resolve(lines: string, requests: string): string {
  const packages = resolveAlpinePackages(index(lines), requests.split(' '));
  return packages.map((one) => `${one.package.name}=${one.package.version}`).join(' ');
}

function failure(lines: string, requests: string): string {
  try {
    resolve(lines, requests);
  } catch (error) {
    assert.ok(isLadingError(error, 'PACKAGE_UNRESOLVED'));
    return `${error.message} / ${error.hint}`;
  }
  return assert.fail('it resolved');
}

test('dependencies lead to the newest versions that fit', () => {
  const lines = `
    curl 8-r0; D:so:libcurl.so.4 ca~2024 libz<2
    libcurl 8-r0; p:so:libcurl.so.4=4.8
    libcurl 7-r0; p:so:libcurl.so.4=4.7
    ca 2024.1-r0
    ca 2025.1-r0
    libz 2-r0
    libz 1.3-r1
    libz 1.3-r0`;
  assert.equal(resolve(lines, 'curl'), 'ca=2024.1-r0 curl=8-r0 libcurl=8-r0 libz=1.3-r1');
  assert.equal(resolve(lines, 'libcurl~7'), 'libcurl=7-r0');
  assert.equal(resolve(lines, 'curl libz=1.3-r0'), 'ca=2024.1-r0 curl=8-r0 libcurl=8-r0 libz=1.3-r0');
});

test('a name without a version is provided by the highest priority, by the only one, or by one that is there', () => {
  const lines = `
    app 1; D:/bin/sh
    busybox-sh 1; p:/bin/sh; k:60
    dash-sh 1; p:/bin/sh; k:50
    mailer 1; D:mta
    postfix 1; p:mta
    exim 1; p:mta
    lone 1; D:only
    single 1; p:only`;
  assert.equal(resolve(lines, 'app'), 'app=1 busybox-sh=1');
  assert.equal(resolve(lines, 'app dash-sh'), 'app=1 dash-sh=1');
  assert.equal(resolve(lines, 'mailer exim'), 'exim=1 mailer=1');
  assert.equal(resolve(lines, 'lone'), 'lone=1 single=1');
  assert.match(
    failure(lines, 'mailer'),
    /mailer → mta: several packages provide it \(postfix, exim\), and none is preferred \/ Ask for one of them by name/,
  );
});

test('a name with a version belongs to one package', () => {
  const lines = `
    a 1; D:lib=1
    b 1; D:lib=2
    lib-old 1; p:lib=1
    lib-new 1; p:lib=2`;
  assert.equal(resolve(lines, 'a'), 'a=1 lib-old=1');
  assert.match(failure(lines, 'a b'), /a → lib=1: b 1 \(b\) needs lib=2, which lib-old 1 is not/);
});

test('conflicts are kept, whoever says them, and lead to the next choice', () => {
  const lines = `
    app 1; D:db
    db-fast 2; p:db=2; D:!editor
    db-slow 1; p:db=1
    editor 1
    strict 1; D:!db-fast`;
  assert.equal(resolve(lines, 'app'), 'app=1 db-fast=2');
  assert.equal(resolve(lines, 'app editor'), 'app=1 db-slow=1 editor=1');
  assert.equal(resolve(lines, 'app strict'), 'app=1 db-slow=1 strict=1');
  assert.equal(resolve(lines, 'app !db-fast'), 'app=1 db-slow=1');
  assert.match(failure(lines, 'editor db-fast'), /db-fast 2 conflicts with editor 1 \(editor\)/);
});

test('install_if brings packages once all that they name are there, and leaves those out that are impossible', () => {
  const lines = `
    app 1; D:lib
    lib 1
    docs 1
    app-doc 1; i:app=1 docs
    lib-doc 1; i:lib=1 docs; D:absent
    doc-index 1; i:app-doc !quiet
    quiet 1`;
  assert.equal(resolve(lines, 'app'), 'app=1 lib=1');
  assert.equal(resolve(lines, 'app docs'), 'app=1 app-doc=1 doc-index=1 docs=1 lib=1');
  assert.equal(resolve(lines, 'app docs quiet'), 'app=1 app-doc=1 docs=1 lib=1 quiet=1');
});

test('a later need takes an earlier choice back', () => {
  const lines = `
    one 1; D:lib>1
    two 1; D:helper
    helper 1; D:lib<3
    lib 3
    lib 2`;
  assert.equal(resolve(lines, 'one two'), 'helper=1 lib=2 one=1 two=1');
});

test('of equal packages the first repository has them; a package that does not parse is not there', () => {
  const two = index('tool 1').add('C:Q10\nP:tool\nV:1\n\nC:Q1x\nP:odd\nV:1\nD:a><b\n', 'second');
  const [only] = resolveAlpinePackages(two, ['tool']);
  assert.equal(only?.package.repository, '');
  assert.throws(() => resolveAlpinePackages(two, ['odd']), /no package has or provides it/);
  assert.throws(
    () => resolveAlpinePackages(two, ['tool@edge']),
    (error) => isLadingError(error, 'CONTROL_INVALID'),
  );
  assert.match(failure('python3 1', 'pyton3'), /Did you mean python3\?/);
});
