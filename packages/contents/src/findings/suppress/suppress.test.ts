import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '@lading/facts';
import { memoryAdvisories } from '../../testing/memory-advisories.ts';
import { sampleFacts, samplePackage } from '../../testing/sample-facts.ts';
import { findVulnerabilities } from '../find-vulnerabilities.ts';
import { parseIgnoreFile } from './ignore-file.ts';
import { parseOpenVex } from './openvex.ts';
import { type Judged, suppress } from './suppress.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const image = { name: 'registry.example.org/team/app:v1', digests: [digest] };

const findings: readonly Finding[] = findVulnerabilities(
  sampleFacts([
    samplePackage({
      type: 'deb',
      name: 'libssl3',
      version: '3.0.11-1',
      source: { name: 'openssl', version: '3.0.11-1' },
      purl: 'pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12',
    }),
    samplePackage({ type: 'npm', name: 'left', version: '1.0.0', location: 'app/node_modules/left/package.json' }),
    samplePackage({ type: 'npm', name: 'left', version: '1.0.0', location: 'test/node_modules/left/package.json' }),
  ]),
  memoryAdvisories([
    { id: 'CVE-2024-1', ecosystem: 'Debian:12', name: 'openssl', fixed: '3.0.15-1' },
    { id: 'GHSA-a', aliases: ['CVE-2024-2'], ecosystem: 'npm', name: 'left', fixed: '1.1.0' },
  ]),
).findings;

async function judge(toml: string, statements: readonly string[] = [], today = '2026-06-01'): Promise<Judged> {
  const rules = await parseIgnoreFile(toml, '.ladingignore.toml');
  const parsed = statements.flatMap((text, index) => parseOpenVex(text, `vex-${index}.json`));
  return suppress({ findings, secrets: [], checks: [] }, image, { rules, statements: parsed, today });
}

function countOf({ findings: judged }: Judged): number {
  return judged.filter(({ suppressed }) => suppressed === undefined).length;
}

const rule = (members: string): string => `[[ignore]]\nreason = "not reachable"\nowner = "team-a"\n${members}\n`;

test('a rule holds for a vulnerability under any of its names, with its reason and owner', async () => {
  const judged = await judge(rule('id = "GHSA-a"\nexpires = 2026-12-31'));
  assert.equal(countOf(judged), 1);
  assert.deepEqual(judged.findings.find(({ id }) => id === 'CVE-2024-2')?.suppressed, {
    by: 'ignore-rule',
    reason: 'not reachable',
    owner: 'team-a',
    expires: '2026-12-31',
  });
});

test('a rule that names a path leaves the same package elsewhere a finding', async () => {
  const judged = await judge(rule('id = "CVE-2024-2"\npath = "test/**"'));
  assert.deepEqual(
    judged.findings
      .filter(({ id }) => id === 'CVE-2024-2')
      .map(({ suppressed, places }) => [suppressed?.owner, places.map(({ location }) => location)]),
    [
      [undefined, ['app/node_modules/left/package.json']],
      ['team-a', ['test/node_modules/left/package.json']],
    ],
  );
});

test('a rule may be for a package or an image alone', async () => {
  assert.equal(countOf(await judge(rule('id = "CVE-2024-1"\npackage = "libssl*"'))), 1);
  assert.equal(countOf(await judge(rule('id = "CVE-2024-1"\npackage = "pkg:deb/debian/libssl3@*"'))), 1);
  assert.equal(countOf(await judge(rule('id = "CVE-2024-1"\npackage = "curl"'))), 2);
  assert.equal(countOf(await judge(rule('id = "CVE-2024-1"\nimage = "registry.example.org/team/*"'))), 1);
  assert.equal(countOf(await judge(rule('id = "CVE-2024-1"\nimage = "registry.example.org/other/*"'))), 2);
});

test('a rule holds through its last day, then no more, which is said; so is a rule that nothing needs', async () => {
  const text = rule('id = "CVE-2024-1"\nexpires = 2026-06-01') + rule('id = "CVE-1999-1"');
  assert.equal(countOf(await judge(text)), 1);
  const late = await judge(text, [], '2026-06-02');
  assert.equal(countOf(late), 2);
  assert.deepEqual([late.expired.map(({ line }) => line), late.unused.map(({ line }) => line)], [[1], [6]]);
});

test('a rule without owner or reason, with a member that no rule has or a date that is none is an error with its line', async () => {
  const good = rule('id = "CVE-2024-1"');
  const faults: readonly (readonly [text: string, fault: RegExp])[] = [
    ['[[ignore]]\nid = "CVE-1"\nreason = "r"\n', /\.ladingignore\.toml at line 6: the rule says no owner/],
    ['[[ignore]]\nid = "CVE-1"\nowner = "o"\n', /at line 6: the rule says no reason/],
    [rule('id = "CVE-1"\nexpire = 2026-01-01'), /at line 6: a rule has no "expire"/],
    [rule('id = "CVE-1"\nexpires = "soon"'), /at line 6: "expires" is no day/],
    ['[[ignore]\n', /at line 6: it is not TOML/],
    ['[[rules]]\nid = "x"', /"rules" is not "ignore"/],
  ];
  for (const [text, fault] of faults) {
    const error = { code: 'IGNORE_FILE_INVALID', message: fault };
    await assert.rejects(async () => parseIgnoreFile(`${good}\n${text}`, '.ladingignore.toml'), error);
  }
});

const vex = (statement: object, timestamp = '2026-01-01T00:00:00Z'): string =>
  JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://example.org/vex/1',
    author: 'security@example.org',
    timestamp,
    version: 1,
    statements: [{ vulnerability: { name: 'CVE-2024-1' }, status: 'not_affected', ...statement }],
  });

test('a VEX statement is about the image by digest or full name, about a package in it, or about the package itself', async () => {
  const oci = `pkg:oci/app@${digest.replace(':', '%3A')}`;
  const openssl = 'pkg:deb/debian/openssl';
  const stated: readonly (readonly [products: unknown[], matches: boolean])[] = [
    [[{ '@id': oci }], true],
    [[{ '@id': `registry.example.org/team/app@${digest}` }], true],
    [[{ '@id': 'x', hashes: { 'sha-256': 'a'.repeat(64) } }], true],
    [[{ '@id': 'pkg:oci/app?repository_url=registry.example.org/team/app&tag=v1' }], true],
    [[{ '@id': 'pkg:oci/app?repository_url=registry.example.org/team/app&tag=v2' }], false],
    [[{ '@id': 'pkg:oci/app' }], false],
    [[{ '@id': oci.replace('aaaa', 'bbbb') }], false],
    [[{ '@id': oci, subcomponents: [{ '@id': `${openssl}@3.0.11-1` }] }], true],
    [[{ '@id': oci, subcomponents: [{ '@id': `${openssl}@3.0.12-1` }] }], false],
    [[{ '@id': 'pkg:deb/debian/libssl3@3.0.11-1' }], true],
    [[{ '@id': 'pkg:deb/debian/libssl3?arch=arm64' }], false],
    [['pkg:deb/ubuntu/libssl3'], false],
    [[], false],
  ];
  for (const [products, matches] of stated) {
    const judged = await judge('', [vex({ products })]);
    assert.equal(countOf(judged), matches ? 1 : 2, JSON.stringify(products));
  }
});

test('only not_affected and fixed suppress, and the latest statement holds', async () => {
  const products = ['pkg:deb/debian/libssl3'];
  const justification = 'vulnerable_code_not_in_execute_path';
  const judged = await judge('', [vex({ products, justification })]);
  assert.deepEqual(judged.findings.find(({ id }) => id === 'CVE-2024-1')?.suppressed, {
    by: 'vex',
    reason: 'vulnerable code not in execute path',
    status: 'not-affected',
    justification,
    owner: 'security@example.org',
  });
  const later = vex({ products, status: 'affected' }, '2026-02-01T00:00:00Z');
  assert.equal(countOf(await judge('', [later, vex({ products })])), 2);
  assert.equal(countOf(await judge('', [vex({ products, status: 'under_investigation' })])), 2);
  assert.equal(countOf(await judge('', [vex({ products, status: 'fixed' })])), 1);
});

test('a document may be the predicate of an in-toto statement, whose subject is the product, in a DSSE envelope', async () => {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://openvex.dev/ns/v0.2.0',
    subject: [{ name: 'app', digest: { sha256: 'a'.repeat(64) } }],
    predicate: JSON.parse(vex({})),
  };
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  assert.equal(countOf(await judge('', [JSON.stringify(statement)])), 1);
  assert.equal(countOf(await judge('', [JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload })])), 1);
});

test('what is no OpenVEX is an error that names the document', () => {
  for (const text of ['{', '[]', '{}', vex({ status: 'perhaps' }), vex({ vulnerability: 5 })]) {
    assert.throws(() => parseOpenVex(text, 'team.json'), { code: 'VEX_INVALID', message: /VEX document team\.json/ });
  }
});
