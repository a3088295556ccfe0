import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { appliesTo, formatRelationGroup, parseRelation, parseRelations, versionSatisfies } from './relation.ts';

test('parseRelations() reads alternatives, constraints, qualifiers and architectures', () => {
  const groups = parseRelations(
    'libc6 (>=2.36),\n debconf (>= 0.5) | debconf-2.0, python3:any, tool [!i386 !armhf] <!nocheck>,',
  );
  assert.deepEqual(groups.map(formatRelationGroup), [
    'libc6 (>= 2.36)',
    'debconf (>= 0.5) | debconf-2.0',
    'python3:any',
    'tool [!i386 !armhf]',
  ]);
  assert.equal(parseRelation('a (< 2)').operator, '<=');
});

test('parseRelation() rejects what is not a relation', () => {
  for (const text of ['', 'a (~ 1)', 'a (>= )', '-a', 'a b', 'a (>= 1']) {
    assert.throws(
      () => parseRelation(text),
      (error) => isLadingError(error, 'CONTROL_INVALID'),
      text,
    );
  }
});

test('versionSatisfies() applies each operator', () => {
  const fits = (version: string, text: string): boolean => versionSatisfies(version, parseRelation(text));
  assert.ok(fits('1.0', 'a'));
  assert.ok(fits('1.0~rc1', 'a (<< 1.0)') && !fits('1.0', 'a (<< 1.0)'));
  assert.ok(fits('1.0', 'a (<= 1.0)') && fits('1.0', 'a (= 0:1.0)') && fits('1.0', 'a (>= 1.0~)'));
  assert.ok(fits('1.0+b1', 'a (>> 1.0)') && !fits('1.0', 'a (>> 1.0)'));
});

test('appliesTo() follows architecture lists', () => {
  assert.ok(appliesTo(parseRelation('a [amd64 arm64]'), 'arm64'));
  assert.ok(!appliesTo(parseRelation('a [amd64]'), 'arm64'));
  assert.ok(!appliesTo(parseRelation('a [!arm64]'), 'arm64'));
  assert.ok(appliesTo(parseRelation('a [!arm64]'), 'amd64'));
  assert.ok(appliesTo(parseRelation('a [linux-any]'), 'amd64'));
});
