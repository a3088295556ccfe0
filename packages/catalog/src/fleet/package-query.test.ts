import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import type { FleetPackage } from './fleet-package.ts';
import { matchesQuery, parsePackageQuery } from './package-query.ts';

const matches = (query: string, found: FleetPackage): boolean => matchesQuery(parsePackageQuery(query), found);

test('a range is read in the order of the ecosystem of each package', () => {
  const deb: FleetPackage = { type: 'deb', name: 'openssl', version: '3.0.14-1~deb12u2' };
  const rpm: FleetPackage = { type: 'rpm', name: 'openssl', version: '1:3.0.7-27.el9' };
  const npm: FleetPackage = { type: 'npm', name: 'lodash', version: '4.17.20' };
  const cases: readonly (readonly [string, FleetPackage, boolean])[] = [
    ['openssl', deb, true],
    ['openssl <3.0.15', deb, true],
    ['openssl <3.0.14', deb, false],
    ['openssl <=3.0.14-1~deb12u2', deb, true],
    ['openssl 3.0.14-1~deb12u2', deb, true],
    ['deb:openssl >= 3.0.14, < 3.0.15', deb, true],
    ['apk:openssl', deb, false],
    ['openssl <3.0.15', rpm, true],
    ['rpm:openssl <0:3.0.15', rpm, false],
    ['npm:lodash >=4 <4.17.21', npm, true],
    ['npm:lodash <4 || >=4.17.20', npm, true],
    ['npm:lodash <4 || >4.17.20', npm, false],
    ['LODASH != 4.17.20', npm, false],
    ['pkg:npm/lodash@4.17.20', npm, true],
    ['pkg:npm/lodash@4.17.21', npm, false],
    ['pkg:npm/lodash <5', npm, true],
    ['pkg:deb/debian/openssl', deb, true],
  ];
  for (const [query, found, expected] of cases) assert.equal(matches(query, found), expected, query);
});

test("names are the ecosystem's own, with their namespace or, where that is no other package, without it", () => {
  const types: FleetPackage = { type: 'npm', namespace: '@types', name: 'lodash', version: '4.14.0' };
  const log4j: FleetPackage = {
    type: 'maven',
    namespace: 'org.apache.logging.log4j',
    name: 'log4j-core',
    version: '2.14',
  };
  const cobra: FleetPackage = { type: 'golang', namespace: 'github.com/spf13', name: 'cobra', version: 'v1.8.0' };
  const python: FleetPackage = { type: 'pypi', name: 'Flask_SQLAlchemy', version: '3.0' };
  const library: FleetPackage = {
    type: 'deb',
    name: 'libssl3',
    version: '3.0.14-1+b1',
    source: { name: 'openssl', version: '3.0.14-1' },
  };
  const cases: readonly (readonly [string, FleetPackage, boolean])[] = [
    ['lodash', types, false],
    ['npm:@types/lodash', types, true],
    ['@types/lodash <4.15', types, true],
    ['log4j-core <2.17.1', log4j, true],
    ['maven:org.apache.logging.log4j:log4j-core <2.17.1', log4j, true],
    ['pkg:maven/org.apache.logging.log4j/log4j-core@2.14', log4j, true],
    ['maven:org.example:log4j-core', log4j, false],
    ['cobra <1.9', cobra, true],
    ['golang:github.com/spf13/cobra =1.8.0', cobra, true],
    ['pypi:flask-sqlalchemy', python, true],
    ['flask.sqlalchemy', python, true],
    ['openssl =3.0.14-1', library, true],
    ['libssl3 =3.0.14-1', library, false],
  ];
  for (const [query, found, expected] of cases) assert.equal(matches(query, found), expected, query);
});

test('what is no query is refused with a way out', () => {
  for (const text of [
    '',
    ' ',
    '<3',
    'openssl <',
    'openssl < >',
    'nmp:lodash',
    'a || b ||',
    'openssl ~> 3',
    `a${'b'.repeat(1000)}`,
  ]) {
    assert.throws(
      () => parsePackageQuery(text),
      (error) => isLadingError(error, 'USAGE') && error.hint !== undefined,
      text,
    );
  }
});
