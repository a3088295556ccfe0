import assert from 'node:assert/strict';
import { readFile, realpath } from 'node:fs/promises';
import { test } from 'node:test';
import { findProgram, runProgram, skipUnless } from '@lading/testkit';
import { isElf } from '../../elf/elf.ts';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { makeElf } from '../../testing/make-elf.ts';
import { binaryCataloger } from './cataloger.ts';
import { programs } from './programs.ts';

async function versionOf(path: string, content: Uint8Array | string): Promise<string | undefined> {
  const [fact] = (await catalogBytes(binaryCataloger, path, content)) ?? [];
  return fact?.kind === 'package' ? `${fact.package.name} ${fact.package.version}` : undefined;
}

/** An executable with texts as a compiler lays them out. */
function holding(text: string, before: number = 100): Buffer {
  return makeElf({
    sections: { '.text': Buffer.alloc(64), '.rodata': Buffer.from(`${'x'.repeat(before)}\0${text}\0more`) },
  });
}

const seen: readonly (readonly [path: string, text: string, expected: string])[] = [
  ['usr/local/bin/node', 'node.js/v20.11.1', 'node 20.11.1'],
  ['usr/local/bin/python3.12', '3.12.1', 'python 3.12.1'],
  ['usr/local/lib/libpython3.13.so.1.0', '3.13.0rc2', 'python 3.13.0rc2'],
  ['usr/lib/libpython3.6m.so.1.0', '3.6.15+', 'python 3.6.15'],
  ['root/lib/libpython3.12.so.1.0', '/root/.pyenv/versions/3.12.1', 'python 3.12.1'],
  ['usr/local/bin/perl5.38.2', 'v5.38.2', 'perl 5.38.2'],
  ['usr/local/lib/libruby.so.3.3.0', 'ruby 3.3.0p0 (2023-12-25 revision 5124f9ac75) [x86_64-linux]', 'ruby 3.3.0'],
  ['usr/local/sbin/php-fpm', 'X-Powered-By: PHP/8.3.2', 'php 8.3.2'],
  ['usr/bin/lua5.4', '$LuaVersion: Lua 5.4.4  Copyright (C) 1994-2022 Lua.org, PUC-Rio $', 'lua 5.4.4'],
  ['bin/bash', '@(#)Bash version 5.2.15(1) release GNU', 'bash 5.2.15'],
  ['bin/busybox', 'BusyBox v1.36.1 (2024-06-10 07:11:47 UTC)', 'busybox 1.36.1'],
  ['usr/bin/git', 'git/2.39.5', 'git 2.39.5'],
  ['usr/bin/curl', 'curl/7.88.1', 'curl 7.88.1'],
  ['usr/lib/libcurl.so.4.8.0', 'libcurl/7.88.1', 'curl 7.88.1'],
  ['usr/lib/libcrypto.so.1.1', 'OpenSSL 1.1.1w  11 Sep 2023', 'openssl 1.1.1w'],
  ['usr/lib/libz.so.1.2.13', ' deflate 1.2.13 Copyright 1995-2022 the authors ', 'zlib 1.2.13'],
  ['lib/libc.so.6', 'GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.', 'glibc 2.36'],
  ['usr/sbin/nginx', 'nginx version: nginx/1.25.3', 'nginx 1.25.3'],
  ['usr/local/apache2/bin/httpd', 'Apache/2.4.58', 'httpd 2.4.58'],
  ['usr/sbin/lighttpd', 'lighttpd/1.4.69', 'lighttpd 1.4.69'],
  ['usr/local/sbin/haproxy', ' version 2.9.1-f72603c, released 2023/12/15', 'haproxy 2.9.1'],
  ['usr/sbin/varnishd', 'varnish-7.1.1 revision 7cee1c58', 'varnish 7.1.1'],
  ['usr/local/bin/memcached', 'memcached 1.6.22', 'memcached 1.6.22'],
  ['usr/local/bin/redis-server', '7.2.4\x007.2.4machine-1704801208000000000', 'redis 7.2.4'],
  ['usr/local/bin/redis-server', '7.0.15\x007.0.151790282056000000000', 'redis 7.0.15'],
  ['usr/local/bin/valkey-server', '8.0.1\x008.0.1f3a9-1727856000000000000', 'valkey 8.0.1'],
  ['usr/local/bin/postgres', 'PostgreSQL 16.1 on x86_64-pc-linux-musl, compiled by gcc', 'postgresql 16.1'],
  ['usr/sbin/mariadbd', '11.2.2-MariaDB-1:11.2.2+maria~ubu2204', 'mariadb 11.2.2'],
];

for (const [path, text, expected] of seen) {
  test(`${path} with [${text.replaceAll('\0', ' ')}] is ${expected}`, async () => {
    assert.equal(await versionOf(path, holding(text)), expected);
  });
}

for (const [path, content, expected] of [
  ['usr/local/go/VERSION', 'go1.22.3\ntime 2024-05-01T00:00:00Z\n', 'go 1.22.3'],
  ['opt/jdk/release', 'IMPLEMENTOR="Somebody"\nJAVA_VERSION="17.0.15"\nOS_ARCH="x86_64"\n', 'openjdk 17.0.15'],
  ['usr/lib/erlang/releases/25/OTP_VERSION', '25.2.3\n', 'erlang 25.2.3'],
  [
    'opt/rabbitmq/plugins/rabbit-3.12.1/ebin/rabbit.app',
    '{application,rabbit,[\n {vsn, "3.12.1"}]}.\n',
    'rabbitmq 3.12.1',
  ],
  ['var/www/html/wp-includes/version.php', "<?php\n$wp_version = '6.4.2';\n", 'wordpress 6.4.2'],
] as const) {
  test(`${path} is ${expected}`, async () => assert.equal(await versionOf(path, content), expected));
}

test('every program of the table has an example here', () => {
  const examples = new Set(seen.map(([, , expected]) => expected.split(' ')[0]));
  const missing = programs.filter(({ name, text }) => text === undefined && name !== '$1' && !examples.has(name));
  assert.deepEqual(missing, []);
});

test('says nothing where the version is not clear', async () => {
  assert.equal(await versionOf('usr/bin/node', holding('node.js/vX')), undefined);
  assert.equal(await versionOf('usr/bin/python3.12', holding('3.11.7')), undefined);
  assert.equal(await versionOf('usr/bin/redis-server', holding('7.2.5\x007.2.41704801208000000000')), undefined);
  assert.equal(await versionOf('usr/bin/openssl', holding('made with OpenSSL 3.0.0')), undefined);
  assert.equal(await versionOf('etc/release', 'PRETTY_NAME="An operating system"\n'), undefined);
});

test('takes no scripts for programs, and no programs of other names', async () => {
  assert.equal(await catalogBytes(binaryCataloger, 'usr/bin/node', '#!/bin/sh\n'), undefined);
  assert.equal(await catalogBytes(binaryCataloger, 'usr/bin/nodes', holding('node.js/v20.11.1')), undefined);
  assert.equal(await catalogBytes(binaryCataloger, 'usr/share/VERSION', 'go1.22.3'), undefined);
});

test('finds a version wherever the pieces end in which a file is read', async () => {
  for (const before of [0, 1, 200, 255, 256, 257, 300, 511, 512, 513, 600])
    assert.equal(await versionOf('nginx', holding('nginx version: nginx/1.2.3', (1 << 20) - before)), 'nginx 1.2.3');
});

test('a file full of beginnings of versions is done at once', { timeout: 10_000 }, async () => {
  const bytes = makeElf({ sections: { '.rodata': Buffer.from('git/1.'.repeat(1_000_000)) } });
  assert.equal(await versionOf('git', bytes), undefined);
});

for (const [name, args, pattern] of [
  ['node', ['--version'], /v([\d.]+)/],
  ['bash', ['--version'], /version ([\d.]+)\(/],
  ['perl', ['-e', 'print $^V'], /v([\d.]+)/],
  ['openssl', ['version'], /OpenSSL (\S+)/],
  ['git', ['--version'], /version ([\d.]+)/],
  ['nginx', ['-v'], /nginx\/([\d.]+)/],
  ['busybox', [], /BusyBox v([\d.]+)/],
] as const) {
  test(`agrees with the ${name} of this machine about its version`, async (t) => {
    const program = findProgram(name);
    if (!skipUnless(t, program !== undefined, `${name} is not installed`) || program === undefined) return;
    const bytes = await readFile(program);
    if (!skipUnless(t, isElf(bytes), `${name} is a script here`)) return;
    const { stdout, stderr } = await runProgram(program, args);
    assert.equal(await versionOf(await realpath(program), bytes), `${name} ${pattern.exec(stdout + stderr)?.[1]}`);
  });
}
