import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { vector, vectorsFolder } from '@lading/testkit';
import fc from 'fast-check';
import { compareVersions, type VersionOrder, versionOrderOf } from './version-order.ts';

const orders: readonly VersionOrder[] = [
  'debian',
  'alpine',
  'redhat',
  'semver',
  'pypi',
  'maven',
  'rubygems',
  'packagist',
  'nuget',
  'pub',
  'cran',
  'hackage',
];

/**
 * Lines of the vectors that are not followed. They were made with a Maven before 3.8.7, for which 1.0.rc1 < 1.0 < 1.0-1 < 1.0.rc1: a dot
 * before a word was not yet a hyphen, and the order went in circles. `ComparableVersion` of 3.8.7 says the opposite of all but two of
 * them.
 */
const excluded: Readonly<Partial<Record<VersionOrder, ReadonlySet<string>>>> = {
  maven: new Set([
    '1.0.0-RC16 < 1.0.0.RC8-beta',
    '1.0.0-gradle-rework-beta3 < 1.0.0.RC7-3',
    '2.9.0-1 < 2.9.0.RC1',
    '6.1.12.rc5 < 6.1.12rc1',
    '1.1.31.sec10 < 1.1.31_noneautotype',
    '1.1.34.sec10 < 1.1.34_noneautotype',
    '1.1.46.sec10 < 1.1.46_noneautotype',
    '1.2.8.sec10_noneautotype < 1.2.8_noneautotype',
    '1.2.31.sec10 < 1.2.31_noneautotype',
    '1.2.48.sec10 < 1.2.48_noneautotype',
    '1.2.50.sec10 < 1.2.50_noneautotype',
    '1.2.54.sec10 < 1.2.54_noneautotype',
    '1.2.57.sec10 < 1.2.57_noneautotype',
    '1.2.60.sec10 < 1.2.60_noneautotype',
    '1.2.67.sec10 < 1.2.67_noneautotype',
    '1.0.0rc0 < 1.0.beta8',
    '1.5.9.RC1 < 1.5.9-RC0',
    '1.1.0-01-glassfish < 1.1.0.Beta1',
    // Here 3.8.7 still has the circle: a word with a dot, or a hyphen and a digit, after it keeps the dot before it.
    '3.5.0-CR-2 < 3.5.0.Beta-1',
    '3.6.2.FL.20090615 < 3.6.2-FL-2009-05-11',
  ]),
};

for (const order of orders) {
  test(`compareVersions() agrees with every vector of ${order}`, (t) => {
    const path = vector(t, `version-order/${order}-versions.txt`);
    if (path === undefined) return;
    const generated = join(vectorsFolder(), `version-order/${order}-versions-generated.txt`);
    const text = readFileSync(path, 'utf8') + (existsSync(generated) ? readFileSync(generated, 'utf8') : '');
    let excludedLines = 0;
    let lines = 0;
    for (const line of text.split('\n')) {
      const match = /^(\S+) ([<=>]) (\S+)$/.exec(line);
      if (match === null) {
        assert.match(line, /^(?:$|#|\/\/)/);
        continue;
      }
      lines++;
      if (excluded[order]?.has(line)) {
        excludedLines++;
        continue;
      }
      const [, a = '', sign, b = ''] = match;
      const expected = sign === '<' ? -1 : sign === '>' ? 1 : 0;
      assert.equal(Math.sign(compareVersions(order, a, b)), expected, line);
      assert.equal(Math.sign(compareVersions(order, b, a)), 0 - expected, `${line} turned round`);
    }
    assert.ok(lines > 10);
    assert.equal(excludedLines, excluded[order]?.size ?? 0, 'a line that is excluded is no longer there');
  });
}

// What versions of any order are made of, and what none has.
const pieces =
  '0 1 2 9 10 01 . . - - _ + ~ ^ : ! a b z A rc alpha beta dev post pre sp ga final snapshot p r v é'.split(' ');

for (const order of orders) {
  test(`${order} is a total order`, () => {
    const version = fc.array(fc.constantFrom(...pieces), { maxLength: 6, size: 'max' }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const [ab, bc, ac] = [compareVersions(order, a, b), compareVersions(order, b, c), compareVersions(order, a, c)];
        assert.ok(Number.isFinite(ab));
        assert.equal(compareVersions(order, a, a), 0);
        assert.equal(Math.sign(compareVersions(order, b, a)), 0 - Math.sign(ab));
        if (ab <= 0 && bc <= 0) assert.ok(ac <= 0, `${a} <= ${b} <= ${c}`);
        if (ab === 0) assert.equal(Math.sign(bc), Math.sign(ac), `${a} = ${b}, so that both are to ${c} the same`);
      }),
      { numRuns: 3000 },
    );
  });
}

test('versionOrderOf() knows the ecosystems of OSV, with a release or without', () => {
  for (const [ecosystem, order] of [
    ['Debian:12', 'debian'],
    ['Ubuntu:22.04:LTS', 'debian'],
    ['Alpine:v3.18', 'alpine'],
    ['Wolfi', 'alpine'],
    ['Chainguard', 'alpine'],
    ['AlmaLinux:9', 'redhat'],
    ['Rocky Linux:8', 'redhat'],
    ['Red Hat:enterprise_linux:9::appstream', 'redhat'],
    ['SUSE:Linux Enterprise Server 15 SP5', 'redhat'],
    ['npm', 'semver'],
    ['Go', 'semver'],
    ['crates.io', 'semver'],
    ['PyPI', 'pypi'],
    ['Maven', 'maven'],
    ['RubyGems', 'rubygems'],
    ['Packagist', 'packagist'],
    ['NuGet', 'nuget'],
    ['Pub', 'pub'],
    ['CRAN', 'cran'],
    ['Hackage', 'hackage'],
    ['Android', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(versionOrderOf(ecosystem), order, ecosystem);
  }
});
