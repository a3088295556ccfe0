import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { parseBuildpack } from './descriptor.ts';
import { isSupported, targetOf } from './target.ts';

const head = 'api = "0.10"\n[buildpack]\nid = "samples/node"\nversion = "1.2.3"\n';

test('parseBuildpack() reads what the specification names', () => {
  const buildpack = parseBuildpack(
    `${head}clear-env = true\n[[targets]]\nos = "linux"\n[[targets.distros]]\nname = "alpine"\nversion = "3.11"\n`,
    'buildpack.toml',
  );
  assert.deepEqual(
    [buildpack.id, buildpack.version, buildpack.api, buildpack.clearEnv],
    ['samples/node', '1.2.3', '0.10', true],
  );
  const alpine = { os: 'linux', arch: 'amd64', distro: { name: 'alpine', version: '3.11' } };
  assert.ok(isSupported(alpine, buildpack.targets));
  assert.ok(!isSupported({ ...alpine, distro: { name: 'debian', version: '12' } }, buildpack.targets));
  assert.ok(!isSupported({ os: 'linux', arch: 'amd64' }, buildpack.targets));
});

test('what is missing, malformed or of another API is told with its place', () => {
  const refused = (text: string, code: 'BUILDPACK_INVALID' | 'BUILD_UNSUPPORTED', message: RegExp) =>
    assert.throws(
      () => parseBuildpack(text, 'buildpack.toml of ./node'),
      (error) => isLadingError(error, code) && message.test(error.message),
    );
  refused(
    'api = "0.10"\n[buildpack]\nid = "a"\n',
    'BUILDPACK_INVALID',
    /buildpack.toml of .\/node: "version" is missing/,
  );
  refused('api = \n', 'BUILDPACK_INVALID', /\(line 1, column \d+\)/);
  refused(head.replace('samples/node', '../up'), 'BUILDPACK_INVALID', /is not a buildpack ID/);
  refused(head.replace('samples/node', 'app'), 'BUILDPACK_INVALID', /reserved/);
  refused(head.replace('0.10', '0.99'), 'BUILD_UNSUPPORTED', /samples\/node 1.2.3: it speaks buildpack API 0.99/);
  refused(head.replace('1.2.3', '1/2'), 'BUILDPACK_INVALID', /is not a version/);
});

test('the distribution comes from the labels of the run image, else from os-release', () => {
  const image = (labels: Record<string, string>) => ({
    platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    config: {
      os: 'linux',
      architecture: 'arm64',
      config: { Labels: labels },
      rootfs: { type: 'layers' as const, diff_ids: [] },
    },
  });
  const osRelease = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID="3.11.3"\n';
  assert.deepEqual(targetOf(image({}), osRelease).distro, { name: 'alpine', version: '3.11.3' });
  const labels = { 'io.buildpacks.base.distro.name': 'debian', 'io.buildpacks.base.distro.version': '12' };
  assert.deepEqual(targetOf(image(labels), osRelease).distro, { name: 'debian', version: '12' });
});
