import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '@lading/oci';
import { stateOf } from './stage-state.ts';

test('stateOf() reads null and empty fields, as Docker writes them, as absent', () => {
  const bytes = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {
        Hostname: 'a1b2c3',
        AttachStdin: false,
        User: '',
        WorkingDir: '',
        OnBuild: null,
        Shell: null,
        Healthcheck: null,
        Cmd: ['/bin/sh'],
        ArgsEscaped: true,
      },
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
  const platform = { os: 'linux', architecture: 'amd64' };
  const { config } = stateOf({ config: parseConfig(bytes), platform, layers: [] });
  assert.deepEqual(config, {
    Cmd: ['/bin/sh'],
    ArgsEscaped: true,
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  });
});
