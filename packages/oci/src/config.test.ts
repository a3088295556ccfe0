import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { isLadingError } from '@lading/errors';
import { vector } from '@lading/testkit';
import fc from 'fast-check';
import { parseConfig } from './config.ts';
import { digestOf } from './digest.ts';
import { encodeJson } from './json.ts';

const base = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf('x')] } };

test('parseConfig() takes what Docker writes as null for absent', () => {
  const parsed = parseConfig(
    encodeJson({
      ...base,
      created: null,
      history: null,
      config: {
        Cmd: null,
        Entrypoint: null,
        Env: null,
        ExposedPorts: null,
        Volumes: null,
        Labels: null,
        OnBuild: null,
        Image: 'x',
        WorkingDir: '',
      },
    }),
  );
  assert.deepEqual(parsed, { ...base, config: { OnBuild: null, Image: 'x', WorkingDir: '' } });
  assert.deepEqual(parseConfig(encodeJson({ ...base, config: null, rootfs: { type: 'layers', diff_ids: null } })), {
    ...base,
    rootfs: { type: 'layers', diff_ids: [] },
  });
});

test('parseConfig() takes a command written as one string, and sets whose values are null', () => {
  const { config } = parseConfig(encodeJson({ ...base, config: { Cmd: '/run', ExposedPorts: { '80/tcp': null } } }));
  assert.deepEqual(config, { Cmd: ['/run'], ExposedPorts: { '80/tcp': {} } });
});

test('parseConfig() keeps unknown fields', () => {
  const value = {
    ...base,
    container: 'x',
    config: { Healthcheck: { Test: ['NONE'] }, Shell: ['/bin/sh'] },
    'x.y': [1],
  };
  assert.deepEqual(parseConfig(encodeJson(value)), value);
});

test('parseConfig() names the place of every fault', () => {
  const cases: [unknown, RegExp][] = [
    [[], /^Cannot parse config: at \$: it must be an object/],
    [{}, /at \$\.architecture: it is missing/],
    [{ ...base, os: 1 }, /at \$\.os: it must be a string, not 1/],
    [{ ...base, rootfs: null }, /at \$\.rootfs: it is missing/],
    [{ ...base, rootfs: { type: 'squash', diff_ids: [] } }, /at \$\.rootfs\.type: it must be "layers", not "squash"/],
    [{ ...base, rootfs: { type: 'layers', diff_ids: ['x'] } }, /at \$\.rootfs\.diff_ids\[0\]: .*no algorithm/],
    [{ ...base, config: { Env: ['A=1', 2] } }, /at \$\.config\.Env\[1\]: it must be a string, not 2/],
    [{ ...base, config: { Labels: { a: {} } } }, /at \$\.config\.Labels\.a: it must be a string, not an object/],
    [{ ...base, config: { Volumes: ['/data'] } }, /at \$\.config\.Volumes: it must be an object, not an array/],
    [{ ...base, history: [{ empty_layer: 'yes' }] }, /at \$\.history\[0\]\.empty_layer: it must be true or false/],
  ];
  for (const [value, message] of cases) {
    assert.throws(
      () => parseConfig(encodeJson(value as object)),
      (error) => isLadingError(error, 'MANIFEST_INVALID') && message.test(error.message),
      String(message),
    );
  }
});

test('parseConfig() throws nothing but MANIFEST_INVALID', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        try {
          parseConfig(bytes);
        } catch (error) {
          assert.ok(isLadingError(error, 'MANIFEST_INVALID'), String(error));
        }
      },
    ),
  );
});

test('parseConfig() reads the configs of real images', (t) => {
  for (const name of ['alpine-310.docker-archive.tar.gz', 'dive-test-docker-image.tar', 'dive-test-kaniko-image.tar']) {
    const path = vector(t, `images/${name}`);
    if (path === undefined) return;
    const packed = readFileSync(path);
    const archive = packed[0] === 0x1f ? gunzipSync(packed) : packed;
    // Configs are the members that begin like one; a tar member begins at a multiple of 512 and its size stands in the header before.
    let found = 0;
    for (let at = 512; at < archive.length; at += 512) {
      if (archive[at] !== 0x7b || archive.toString('latin1', at - 255, at - 250) !== 'ustar') continue;
      const size = Number.parseInt(archive.toString('latin1', at - 388, at - 377), 8);
      const bytes = archive.subarray(at, at + size);
      if (!bytes.includes('"diff_ids"')) continue;
      found++;
      const config = parseConfig(bytes);
      assert.ok(config.rootfs.diff_ids.length > 0);
      assert.equal(config.os, 'linux');
    }
    assert.ok(found > 0, name);
  }
});
