import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { findDevices } from './devices.ts';

test('devices are found by class and name in the descriptions of this machine', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'broken.json'), '{');
  await writeFile(
    join(folder, 'vendor.json'),
    JSON.stringify({
      cdiVersion: '0.6.0',
      kind: 'vendor.example.org/gpu',
      containerEdits: { env: ['GPU=yes'] },
      devices: [
        { name: 'one', containerEdits: { deviceNodes: [{ path: '/dev/gpu1', hostPath: '/dev/null' }] } },
        {
          name: 'two',
          containerEdits: { mounts: [{ hostPath: '/lib/gpu', containerPath: '/lib/gpu', options: ['ro', 'bind'] }] },
        },
      ],
    }),
  );
  const find = (name: string, required = true) => findDevices([{ name, required }], [folder]);
  const one = { source: '/dev/null', target: '/dev/gpu1' };
  const two = { source: '/lib/gpu', target: '/lib/gpu', readOnly: true };
  assert.deepEqual(await find('vendor.example.org/gpu=one'), { env: ['GPU=yes'], mounts: [one] });
  assert.deepEqual(await find('vendor.example.org/gpu'), { env: ['GPU=yes'], mounts: [one] });
  assert.deepEqual(await find('vendor.example.org/gpu=*'), { env: ['GPU=yes'], mounts: [one, two] });
  assert.deepEqual(await find('vendor.example.org/gpu=three', false), { env: [], mounts: [] });
  await assert.rejects(
    find('vendor.example.org/gpu=three'),
    (error) => isLadingError(error, 'BUILD_INVALID') && /gpu=one, vendor/.test(error.hint ?? ''),
  );
});
