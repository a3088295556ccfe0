import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { parseGitAddress, withoutCredentials } from './git-address.ts';

function parsed(text: string): unknown {
  const address = parseGitAddress(text, { short: true });
  return address && JSON.parse(JSON.stringify(address));
}

test('parseGitAddress() knows what is a repository, and leaves other addresses and paths alone', () => {
  const url = 'https://example.org/a/b.git';
  assert.deepEqual(parsed(url), { url });
  assert.deepEqual(parsed(`${url}#v1.2:sub/dir`), { url, ref: 'v1.2', subdir: 'sub/dir' });
  assert.deepEqual(parsed(`${url}#:sub`), { url, subdir: 'sub' });
  assert.deepEqual(parsed(`${url}?branch=x&subdir=/d/&submodules=false&keep-git-dir=1`), {
    ...{ url, ref: 'refs/heads/x', subdir: 'd', submodules: false, keepGitDir: true },
  });
  assert.deepEqual(parsed(`${url}?tag=v1&checksum=0123456789`), { url, ref: 'refs/tags/v1', commit: '0123456789' });
  assert.deepEqual(parsed('git@example.org:a/b.git#main'), { url: 'git@example.org:a/b.git', ref: 'main' });
  assert.deepEqual(parsed('ssh://git@example.org/a'), { url: 'ssh://git@example.org/a' });
  assert.deepEqual(parsed('git://example.org/a#x'), { url: 'git://example.org/a', ref: 'x' });
  assert.deepEqual(parsed('github.com/owner/name#x'), { url: 'https://github.com/owner/name.git', ref: 'x' });
  for (const text of [
    'https://example.org/a.tar.gz',
    './x.git',
    'a/b',
    'file:///x',
    'me@host',
    'C:\\x',
    '-u@h:p',
    'a@h:-p',
  ])
    assert.equal(parsed(text), undefined, text);
  assert.equal(parseGitAddress('github.com/owner/name'), undefined);
});

test('parseGitAddress() refuses what git or the file system could take for something else', () => {
  const url = 'https://example.org/b.git';
  const bad = [
    ...['#--upload-pack=x', '#a..b', '#a b', '#a:../../etc', '#:a/../b', '#:.git', '?ref=-x', '?commit=zz', '?what=1'],
    ...['?ref=a&branch=b', '?ref=a#b', '?submodules=maybe', '#a^{}', '#HEAD~1', '#x.lock'],
  ];
  for (const text of bad)
    assert.throws(
      () => parsed(url + text),
      (error) => isLadingError(error, 'BUILD_INVALID'),
      text,
    );
});

test('withoutCredentials() takes out passwords and tokens, and leaves accounts of ssh', () => {
  assert.equal(withoutCredentials('https://user:pw@example.org/b.git'), 'https://example.org/b.git');
  assert.equal(withoutCredentials('ssh://git@example.org/b.git'), 'ssh://git@example.org/b.git');
  assert.equal(withoutCredentials('git@example.org:b.git'), 'git@example.org:b.git');
});
