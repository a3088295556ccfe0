import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile, parseIgnore } from '@lading/dockerfile';
import { isLadingError } from '@lading/errors';
import { buildChecks } from './build-checks.ts';

function checks(text: string, buildArgs: Record<string, string> = {}, ignore = ''): readonly string[] {
  const dockerfile = parseDockerfile(text);
  const target = dockerfile.stages.at(-1);
  assert.ok(target !== undefined);
  const platform = { os: 'linux', architecture: 'amd64' };
  return buildChecks({ dockerfile, target, buildArgs, platform, ignore: parseIgnore(ignore) });
}

test('a build tells of what BuildKit checks in the stages it needs, and of nothing else', () => {
  const text = 'FROM a AS unused\nENV k v\nFROM a:latest\nENV k v\nCOPY x /\nRUN sudo x\n';
  assert.deepEqual(checks(text, {}, 'x'), [
    'Dockerfile:4:5 LegacyKeyValueFormat: "ENV key=value" should be used instead of legacy "ENV key value" format',
    'Dockerfile:5:6 CopyIgnoredFile: Attempting to Copy file "x" that is excluded by .dockerignore',
  ]);
});

test('check=error=true fails the build, from the file or from the build argument', () => {
  const failing = (error: unknown): boolean =>
    isLadingError(error, 'DOCKERFILE_CHECKS_FAILED') &&
    /its checks find Dockerfile:\d:5 LegacyKeyValueFormat/.test(error.message) &&
    /\^/.test(String(error.details.excerpt));
  assert.throws(() => checks('# check=error=true\nFROM a\nENV k v\n'), failing);
  assert.throws(() => checks('FROM a\nENV k v\n', { BUILDKIT_DOCKERFILE_CHECK: 'error=true' }), failing);
  assert.deepEqual(checks('# check=error=true\nFROM a\nENV k v\n', { BUILDKIT_DOCKERFILE_CHECK: 'skip=all' }), []);
  assert.deepEqual(checks('# check=skip=LegacyKeyValueFormat;error=true\nFROM a\nENV k v\n'), []);
});
