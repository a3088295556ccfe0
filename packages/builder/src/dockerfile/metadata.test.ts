import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from '@lading/dockerfile';
import type { BuildConfig } from '../stage-state.ts';
import { changeConfig, workingDirectory } from './metadata.ts';
import { globalScope, StageScope } from './scope.ts';

function configAfter(lines: string, start: BuildConfig = {}): BuildConfig {
  const dockerfile = parseDockerfile(`FROM scratch\n${lines}\n`);
  const global = globalScope(dockerfile, {}, { os: 'linux', architecture: 'amd64' }, 'x', 9);
  const scope = new StageScope(global, {}, {});
  let config = start;
  for (const instruction of dockerfile.stages[0]?.instructions ?? [])
    config = changeConfig(config, instruction, scope) ?? config;
  return config;
}

test('ENV expands with what was there before the instruction, and replaces in place', () => {
  const { Env } = configAfter('ENV a=2 b=$a\nENV c="$a $b" a=3\nENV old one two', { Env: ['a=1', 'z=9'] });
  assert.deepEqual(Env, ['a=3', 'z=9', 'b=1', 'c=2 1', 'old=one two']);
});

test('LABEL, EXPOSE and VOLUME add to what is there', () => {
  const config = configAfter('ENV P=81-82\nEXPOSE 80 $P/udp\nVOLUME ["/a", "/b"]\nLABEL a=2 "b c"="d e" __proto__=x', {
    Labels: { a: '1', z: '1' },
    ExposedPorts: { '22/tcp': {} },
  });
  assert.deepEqual(Object.keys(config.ExposedPorts ?? {}), ['22/tcp', '80/tcp', '81/udp', '82/udp']);
  assert.deepEqual(config.Volumes, { '/a': {}, '/b': {} });
  assert.deepEqual(Object.entries(config.Labels ?? {}), [
    ['a', '2'],
    ['z', '1'],
    ['b c', 'd e'],
    ['__proto__', 'x'],
  ]);
});

test('commands in shell form go through the SHELL, a health check through that of whoever runs it', () => {
  assert.deepEqual(configAfter('CMD a b').Cmd, ['/bin/sh', '-c', 'a b']);
  const config = configAfter(
    'SHELL ["/bin/bash", "-lc"]\nENTRYPOINT a $b\nHEALTHCHECK --retries=2 --timeout=1m CMD check it',
  );
  assert.deepEqual(config.Entrypoint, ['/bin/bash', '-lc', 'a $b']);
  assert.deepEqual(config.Healthcheck, { Test: ['CMD-SHELL', 'check it'], Timeout: 6e10, Retries: 2 });
  assert.deepEqual(configAfter('HEALTHCHECK NONE').Healthcheck, { Test: ['NONE'] });
  assert.deepEqual(configAfter('HEALTHCHECK CMD ["a","b"]').Healthcheck, { Test: ['CMD', 'a', 'b'] });
});

test('ONBUILD keeps its triggers in order, USER and STOPSIGNAL take variables', () => {
  const config = configAfter('ONBUILD RUN a $b\nONBUILD COPY . /x\nENV U=me S=SIGINT G=1\nUSER $U:$G\nSTOPSIGNAL $S');
  assert.deepEqual(config.OnBuild, ['RUN a $b', 'COPY . /x']);
  assert.equal(config.User, 'me:1');
  assert.equal(config.StopSignal, 'SIGINT');
});

test('workingDirectory() goes on from the folder before', () => {
  assert.equal(workingDirectory({}, 'a'), '/a');
  assert.equal(workingDirectory({ WorkingDir: '/a' }, 'b/../c/'), '/a/c');
  assert.equal(workingDirectory({ WorkingDir: '/a' }, '../../..'), '/');
  assert.equal(workingDirectory({ WorkingDir: '/a' }, '/x'), '/x');
});
