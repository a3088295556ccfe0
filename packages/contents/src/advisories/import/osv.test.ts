import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdvisoryRecord } from '../advisory-record.ts';
import { osv } from './osv.ts';

function read(more: object): AdvisoryRecord {
  const [statement] = osv.read({ id: 'GHSA-1', modified: '2024-01-02T03:04:05.678Z', ...more }, {});
  assert.equal(statement?.kind, 'record');
  return statement.record;
}

function affected(ecosystem: string, events: readonly object[], more: object = {}): object {
  return { affected: [{ package: { ecosystem, name: 'a' }, ranges: [{ type: 'ECOSYSTEM', events }], ...more }] };
}

function rangesOf(ecosystem: string, events: readonly object[], more: object = {}) {
  return read(affected(ecosystem, events, more)).affected[0]?.ranges;
}

test('events become ranges in the order of their versions, each with its own end', () => {
  assert.deepEqual(
    rangesOf('PyPI', [{ introduced: '2.0' }, { fixed: '1.10' }, { introduced: '0' }, { last_affected: '2.5' }]),
    [
      { introduced: '0', fixed: '1.10' },
      { introduced: '2.0', lastAffected: '2.5' },
    ],
  );
  assert.deepEqual(rangesOf('Alpine:v3.18', [{ introduced: '0' }, { fixed: '1.10-r0' }, { fixed: '1.9-r0' }]), [
    { introduced: '0', fixed: '1.9-r0' },
  ]);
  assert.deepEqual(rangesOf('Wolfi', [{ introduced: '0' }, { fixed: '0' }]), [{ introduced: '0', fixed: '0' }]);
  assert.deepEqual(rangesOf('Go', [{ introduced: '1.0.0' }]), [{ introduced: '1.0.0' }]);
});

test("GitHub's note of the last known affected version ends a range that has no end", () => {
  const noted = (range: string) => ({ database_specific: { last_known_affected_version_range: range } });
  assert.deepEqual(rangesOf('npm', [{ introduced: '0' }], noted('<= 1.2.3')), [
    { introduced: '0', lastAffected: '1.2.3' },
  ]);
  assert.deepEqual(rangesOf('npm', [{ introduced: '0' }], noted('< 2.0.0')), [{ introduced: '0', fixed: '2.0.0' }]);
  assert.deepEqual(rangesOf('npm', [{ introduced: '0' }, { fixed: '3.0.0' }], noted('<= 1.2.3')), [
    { introduced: '0', fixed: '3.0.0' },
  ]);
});

test('listed versions are kept where the ranges do not say all of them, and ranges of commits are no ranges', () => {
  const events = [{ introduced: '0' }, { fixed: '2.0' }];
  assert.deepEqual(read(affected('PyPI', events, { versions: ['1.0', '1.9'] })).affected[0]?.versions, []);
  assert.deepEqual(read(affected('PyPI', events, { versions: ['1.0', '2.1'] })).affected[0]?.versions, ['1.0', '2.1']);
  const commits = { ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] };
  assert.deepEqual(read(affected('PyPI', [], commits)).affected, [], 'commits are of no use for packages');
  assert.deepEqual(read(affected('PyPI', [], { ...commits, versions: ['1'] })).affected[0]?.versions, ['1']);
  const emptied = { package: { ecosystem: 'PyPI', name: 'a' } };
  assert.deepEqual(read({ affected: [emptied] }).affected, [], 'nothing is said to be affected');
});

test('names are written as their ecosystem normalises them', () => {
  const name = (ecosystem: string, written: string) =>
    read({ affected: [{ package: { ecosystem, name: written }, versions: ['1'] }] }).affected[0]?.name;
  assert.equal(name('PyPI', 'Zope.Interface__x'), 'zope-interface-x');
  assert.equal(name('NuGet', 'Newtonsoft.Json'), 'newtonsoft.json');
  assert.equal(name('Packagist', 'Vendor/Name'), 'vendor/name');
  assert.equal(name('Go', 'github.com/Masterminds/goutils'), 'github.com/Masterminds/goutils');
  assert.equal(name('npm', 'JSONStream'), 'JSONStream');
});

test("Debian's urgencies are ratings, but for those that say something else", () => {
  const rated = (urgency: string) => {
    const [one] = read(affected('Debian:12', [{ introduced: '0' }], { ecosystem_specific: { urgency } })).affected;
    return [one?.urgency, one?.willNotFix];
  };
  assert.deepEqual(rated('unimportant'), ['negligible', undefined]);
  assert.deepEqual(rated('high'), ['high', undefined]);
  assert.deepEqual(rated('not yet assigned'), [undefined, undefined]);
  assert.deepEqual(rated('end-of-life'), [undefined, true]);
});

test("a distribution's record is named after what it is about, others only after their aliases", () => {
  const names = { related: ['CVE-2024-2', 'USN-1'], aliases: ['CVE-2024-1'] };
  assert.deepEqual(read(names).aliases, ['CVE-2024-1']);
  assert.deepEqual(read({ ...names, id: 'DSA-1-1' }).aliases, ['CVE-2024-1', 'CVE-2024-2']);
  assert.deepEqual(read({ id: 'DEBIAN-CVE-2024-3', upstream: ['CVE-2024-3'] }).aliases, ['CVE-2024-3']);
});

test('a record has a title, few references that tell most, ratings in words, and dates to the second', () => {
  const long = 'The first sentence is short enough. '.padEnd(400, 'And more of it follows here. ');
  const record = read({
    details: `### Impact\n\n${long}`,
    published: '0001-01-01T00:00:00Z',
    database_specific: { severity: 'MODERATE' },
    references: [
      { type: 'PACKAGE', url: 'https://example.org/package' },
      { type: 'WEB', url: 'javascript:alert(1)' },
      { type: 'WEB', url: 'https://example.org/web' },
      { type: 'ADVISORY', url: 'https://nvd.nist.gov/vuln/detail/CVE-2024-1' },
      { type: 'ADVISORY', url: 'https://example.org/advisory' },
      { type: 'FIX', url: 'https://example.org/fix' },
    ],
  });
  assert.equal(record.title, 'The first sentence is short enough.');
  assert.deepEqual(
    record.references,
    ['advisory', 'fix', 'web'].map((name) => `https://example.org/${name}`),
  );
  assert.equal(record.severity, 'medium');
  assert.equal(record.modified, '2024-01-02T03:04:05Z');
  assert.equal(record.published, undefined, 'no advisory is so old');
});

test('what is of no expected shape is a warning or absent, never a failure', () => {
  for (const record of [
    null,
    [],
    7,
    { id: 7 },
    { id: 'X', affected: 7 },
    { id: 'X', affected: [null, { package: 3, ranges: {} }] },
  ]) {
    for (const statement of osv.read([record], {})) assert.ok(['warning', 'record'].includes(statement.kind));
  }
  assert.deepEqual(
    read({
      affected: [
        { package: { ecosystem: 'npm', name: 'a' }, ranges: [{ type: 'SEMVER', events: [7] }], versions: [7, '1'] },
      ],
    }).affected[0]?.versions,
    ['1'],
  );
});

test('streams of modules are those that a title names, of packages that are built for modules', () => {
  const module = (summary: string, fixed: string): unknown =>
    read({ summary, ...affected('AlmaLinux:8', [{ introduced: '0' }, { fixed }]) }).affected[0]?.details;
  const built = '8.0.0-4.module_el8.8.0+3612+f18d2b89';
  assert.deepEqual(module('Important: virt:rhel and virt-devel:rhel security update', built), {
    module: 'virt-devel:rhel virt:rhel',
  });
  assert.deepEqual(module('Important: 389-ds:1.4 security update', built), { module: '389-ds:1.4' });
  assert.equal(module('Important: varnish security update', built), undefined);
  assert.equal(module('Moderate: python3.9:3.9.21 security update', '3.9.21-1.el9'), undefined);
});
