import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions } from '@lading/distro';
import type { Affected, AffectedRange } from '../advisories/advisory-database.ts';
import { isAffected, withKnownEnds } from './affected-versions.ts';

const compare = (a: string, b: string): number => compareVersions('semver', a, b);

function advisory(ranges: readonly AffectedRange[], versions: readonly string[] = []): Affected {
  return { id: 'GO-1', aliases: [], ranges, versions } as unknown as Affected;
}

/** Which of some versions the advisories of one vulnerability call affected. */
function affectedOf(versions: string, ...advisories: readonly Affected[]): string {
  const ended = withKnownEnds(advisories, compare);
  return versions
    .split(' ')
    .filter((version) => ended.some((one) => isAffected(version, one, compare)))
    .join(' ');
}

test('a range without an end goes up to the next end that is known above its start', () => {
  const [old, backported] = [advisory([{ introduced: '0' }]), advisory([{ introduced: '2.12.0', fixed: '2.12.4' }])];
  assert.equal(affectedOf('1.9.2 2.12.1 2.12.4 3.0.0', old, backported), '1.9.2 2.12.1');
  const later = advisory([{ introduced: '3.6.5' }]);
  const branch = advisory([{ introduced: '3.7.0', fixed: '3.7.14' }]);
  assert.equal(affectedOf('3.6.4 3.6.9 3.7.13 3.7.14 3.8.0', later, branch), '3.6.9 3.7.13');
});

test('an end below the start of a range is not its end', () => {
  const [first, again] = [advisory([{ introduced: '0', fixed: '1.11.0-0' }]), advisory([{ introduced: '1.11.0' }])];
  assert.equal(affectedOf('1.10.0 1.11.0 2.0.0', first, again), '1.10.0 1.11.0 2.0.0');
});

test('the last affected version is an end too, the last of a list is none', () => {
  const endless = advisory([{ introduced: '0' }]);
  assert.equal(
    affectedOf('1.0.0 1.2.3 1.2.4', endless, advisory([{ introduced: '1.0.0', lastAffected: '1.2.3' }])),
    '1.0.0 1.2.3',
  );
  assert.equal(affectedOf('1.0.0 1.2.4', endless, advisory([], ['1.2.3', '1.1.0'])), '1.0.0 1.2.4');
  assert.equal(affectedOf('1.0.0 9.0.0', endless), '1.0.0 9.0.0');
});

test('a package that never was affected is not, whoever knows of no end', () => {
  assert.equal(affectedOf('1.0.0', advisory([{ introduced: '0' }]), advisory([{ introduced: '0', fixed: '0' }])), '');
});
