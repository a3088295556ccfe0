import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from '@lading/dockerfile';
import { globalScope, StageScope, withVariable } from './scope.ts';

const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };

/** Goes through the ARGs of the first stage; ENVs are given from outside. */
function scopeOf(text: string, buildArgs: Record<string, string> = {}, env: readonly string[] = []): StageScope {
  const dockerfile = parseDockerfile(text);
  const scope = new StageScope(globalScope(dockerfile, buildArgs, platform, 'target', 9), buildArgs, {});
  for (const instruction of dockerfile.stages[0]?.instructions ?? [])
    if (instruction.keyword === 'ARG') scope.declare(instruction, env);
  return scope;
}

test('a global ARG is seen by FROM, and by a stage that declares it again', () => {
  const text = 'ARG A=1\nARG B=$A$TARGETARCH\nARG C\nFROM scratch\nARG B\nARG C\n';
  const global = globalScope(parseDockerfile(text), { C: 'c' }, platform, 'x', 9);
  assert.deepEqual(['A', 'B', 'C', 'D'].map(global.look), ['1', '1arm', 'c', undefined]);
  assert.deepEqual(scopeOf(text, { C: 'c' }).visibleArgs([]), ['B=1arm', 'C=c']);
  assert.equal(scopeOf(text).expand('[$A][$B]', []), '[][1arm]');
  assert.deepEqual(scopeOf(text, { A: '2' }).visibleArgs([]), ['B=2arm']);
});

test('a build argument wins over the default, a default of the stage over the global one', () => {
  const text = 'ARG A=global\nFROM scratch\nARG A=stage B=$A\n';
  assert.deepEqual(scopeOf(text).visibleArgs([]), ['A=stage', 'B=stage']);
  assert.deepEqual(scopeOf(text, { A: 'given' }).visibleArgs([]), ['A=given', 'B=given']);
  assert.deepEqual(scopeOf(text, { A: '' }).visibleArgs([]), ['A=', 'B=']);
});

test('an ARG that is declared again without a value keeps the one it has', () => {
  assert.deepEqual(scopeOf('FROM scratch\nARG A=1\nARG A\n').visibleArgs([]), ['A=1']);
  assert.deepEqual(scopeOf('FROM scratch\nARG A\n').visibleArgs([]), []);
});

test('ENV hides an ARG of the same name', () => {
  const scope = scopeOf('FROM scratch\nARG A=arg B=arg\n', { A: 'given' });
  assert.equal(scope.expand('$A $B', ['A=env']), 'env arg');
  assert.deepEqual(scope.visibleArgs(['A=env']), ['B=arg']);
});

test('platform arguments and the epoch have to be declared; proxies do not, and are kept apart', () => {
  const names = 'TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT TARGETSTAGE SOURCE_DATE_EPOCH';
  assert.deepEqual(scopeOf(`FROM scratch\nARG ${names}\n`).visibleArgs([]), [
    'TARGETPLATFORM=linux/arm/v7',
    'TARGETOS=linux',
    'TARGETARCH=arm',
    'TARGETVARIANT=v7',
    'TARGETSTAGE=target',
    'SOURCE_DATE_EPOCH=9',
  ]);
  const proxies = { HTTP_PROXY: 'p', no_proxy: 'n', OTHER: 'o' };
  const scope = scopeOf('FROM scratch\nARG no_proxy\n', proxies);
  assert.deepEqual(scope.undeclaredProxies(), ['HTTP_PROXY=p']);
  assert.deepEqual(scope.visibleArgs([]), ['no_proxy=n']);
  assert.equal(scope.expand('[$TARGETOS]', []), '[]');
});

test('names of objects are no variables', () => {
  const scope = scopeOf('FROM scratch\nARG constructor toString=x\n');
  assert.equal(scope.expand('[$constructor][$toString][$__proto__]', []), '[][x][]');
});

test('withVariable() sets in place', () => {
  assert.deepEqual(withVariable(['A=1', 'AB=2', 'B=3'], 'B', '4'), ['A=1', 'AB=2', 'B=4']);
  assert.deepEqual(withVariable(['AB=2'], 'A', ''), ['AB=2', 'A=']);
});
