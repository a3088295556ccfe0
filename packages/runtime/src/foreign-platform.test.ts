import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Platform } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { findExecution } from './foreign-platform.ts';

const host: Platform = { os: 'linux', architecture: 'amd64' };
const arm64: Platform = { os: 'linux', architecture: 'arm64' };
/** What the kernel shows of the handlers that Debian's qemu-user-static registers. */
const aarch64Magic = '7f454c460201010000000000000000000200b700';
const s390xMagic = '7f454c4602020100000000000000000000020016';
const handler = (magic: string, { interpreter = '/usr/bin/qemu', flags = 'OCF', state = 'enabled' } = {}): string =>
  `${state}\ninterpreter ${interpreter}\nflags: ${flags}\noffset 0\nmagic ${magic}\nmask ffffffffffffff00fffffffffffffffffeffffff\n`;

test('findExecution() knows what runs by itself: the own platform, its older variants, and 386 on amd64', async (t) => {
  const options = { host, handlers: await temporaryFolder(t) };
  assert.equal((await findExecution(host, options)).kind, 'native');
  assert.equal((await findExecution({ os: 'linux', architecture: '386' }, options)).kind, 'native');
  const impossible = await findExecution(arm64, options);
  assert.equal(impossible.kind, 'impossible');
  assert.match(JSON.stringify(impossible), /linux\/arm64.*qemu-user-static/);
  assert.equal((await findExecution({ os: 'windows', architecture: 'amd64' }, options)).kind, 'impossible');
});

test('findExecution() tells handlers apart by their magic, takes only enabled ones, and shows an interpreter that the kernel does not hold', async (t) => {
  const handlers = join(await temporaryFolder(t), 'binfmt_misc');
  await mkdir(handlers);
  const interpreter = join(handlers, '../qemu');
  await writeFile(join(handlers, 'register'), '');
  await writeFile(join(handlers, 'a-disabled'), handler(aarch64Magic, { state: 'disabled' }));
  await writeFile(
    join(handlers, 'python3'),
    'enabled\ninterpreter /usr/bin/python3\nflags: \noffset 0\nmagic a70d0d0a\n',
  );
  await writeFile(join(handlers, 'qemu-s390x'), handler(s390xMagic));
  const options = { host, handlers };
  assert.equal((await findExecution(arm64, options)).kind, 'impossible');
  assert.deepEqual(await findExecution({ os: 'linux', architecture: 's390x' }, options), {
    ...{ kind: 'emulated', interpreter: '/usr/bin/qemu', mounts: [] },
  });
  await writeFile(join(handlers, 'qemu-aarch64'), handler(aarch64Magic, { interpreter, flags: 'OC' }));
  assert.equal((await findExecution(arm64, options)).kind, 'impossible', 'its interpreter is not there');
  await writeFile(interpreter, '');
  assert.deepEqual(await findExecution(arm64, options), {
    ...{ kind: 'emulated', interpreter, mounts: [{ source: interpreter, target: interpreter, readOnly: true }] },
  });
});
