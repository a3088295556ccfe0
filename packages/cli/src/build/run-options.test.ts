import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { runOf } from './run-options.ts';
import { parseSecret, parseSsh } from './secret-options.ts';

test('--secret reads a file or a variable, as buildx does', async (t) => {
  const src = join(await temporaryFolder(t), 'a,b');
  await writeFile(src, 'x');
  assert.deepEqual(parseSecret(`id=token,"src=${src}"`), ['token', { kind: 'file', path: src }]);
  assert.deepEqual(parseSecret('id=token,env=TOKEN'), ['token', { kind: 'environment', name: 'TOKEN' }]);
  assert.deepEqual(parseSecret('type=env,id=token,src=TOKEN'), ['token', { kind: 'environment', name: 'TOKEN' }]);
  assert.deepEqual(parseSecret('id=PATH'), ['PATH', { kind: 'environment', name: 'PATH' }]);
});

test('--ssh names the agent of the environment, a socket, or keys', () => {
  assert.deepEqual(parseSsh('default'), ['default', { paths: [] }]);
  assert.deepEqual(parseSsh('deploy=/k/one,/k/two'), ['deploy', { paths: ['/k/one', '/k/two'] }]);
});

test('limits and hosts are read as docker has them', () => {
  const { stepLimits, addHosts } = runOf({
    ...{ memory: '512m', cpus: '1.5', shmSize: '2g', ulimit: ['nofile=10:20', 'core=-1'] },
    addHost: ['db:192.0.2.1', 'six=[2001:db8::1]', 'here:host-gateway'],
  });
  assert.deepEqual(stepLimits, {
    ...{ memoryBytes: 512 << 20, cpus: 1.5, shmBytes: 2 * 1024 ** 3 },
    ulimits: [
      { name: 'nofile', soft: 10, hard: 20 },
      { name: 'core', soft: 'unlimited', hard: 'unlimited' },
    ],
  });
  assert.deepEqual(addHosts, [
    { name: 'db', address: '192.0.2.1' },
    { name: 'six', address: '2001:db8::1' },
    { name: 'here', address: 'host-gateway' },
  ]);
});

test('options that make no sense are refused, and what could be a secret is not repeated', () => {
  const refused: readonly (readonly [() => unknown, RegExp])[] = [
    [() => parseSecret('src=token.txt'), /it has no id/],
    [() => parseSecret('id=x,src=absent-file'), /no file/],
    [() => parseSecret('hunter2-hunter2-hunter2'), /--secret hunter2-hunt…/],
    [() => parseSsh('=x'), /no id/],
    [() => runOf({ memory: 'much' }), /such as 512m/],
    [() => runOf({ cpus: '0' }), /such as 1\.5/],
    [() => runOf({ ulimit: ['files=3'] }), /NAME=SOFT:HARD/],
    [() => runOf({ addHost: ['db'] }), /NAME:IP/],
    [() => runOf({ allow: ['everything'] }), /security\.insecure/],
    [() => runOf({ network: 'mine' }), /default, none or host/],
  ];
  for (const [call, message] of refused) {
    assert.throws(call, (error) => isLadingError(error, 'USAGE') && message.test(error.message));
  }
  assert.throws(
    () => parseSecret('id=x,srv=token.txt'),
    (error) => isLadingError(error) && error.hint === 'Did you mean src?',
  );
});
