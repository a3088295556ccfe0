import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdvisorySample, memoryAdvisories } from '../testing/memory-advisories.ts';
import { sampleFacts, samplePackage } from '../testing/sample-facts.ts';
import { findVulnerabilities } from './find-vulnerabilities.ts';

const openssl: AdvisorySample = {
  id: 'CVE-2024-1000',
  ecosystem: 'Debian:12',
  name: 'openssl',
  fixed: '3.0.15-1~deb12u1',
};
const libssl = samplePackage({
  type: 'deb',
  name: 'libssl3',
  version: '3.0.11-1~deb12u2',
  source: { name: 'openssl', version: '3.0.11-1~deb12u2' },
  supplier: 'Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>',
});

test('a package of Debian is judged by its source, in the order of Debian, by the advisories of its release alone', () => {
  const { findings } = findVulnerabilities(
    sampleFacts([libssl]),
    memoryAdvisories([openssl, { ...openssl, id: 'CVE-2024-2000', ecosystem: 'Debian:13' }]),
  );
  assert.deepEqual(
    findings.map(({ id, fixedVersion, fix, affected }) => ({ id, fixedVersion, fix, affected })),
    [
      {
        id: 'CVE-2024-1000',
        fixedVersion: '3.0.15-1~deb12u1',
        fix: 'fixed',
        affected: { ecosystem: 'Debian:12', name: 'openssl', version: '3.0.11-1~deb12u2' },
      },
    ],
  );
});

test('a backported fix counts, whatever upstream says of the version', () => {
  const database = memoryAdvisories([{ ...openssl, fixed: '3.0.11-1~deb12u2' }]);
  assert.deepEqual(findVulnerabilities(sampleFacts([libssl]), database).findings, []);
});

test('a release that the database does not know is said, and nothing of its packages is called safe', () => {
  const facts = sampleFacts([libssl], { distribution: { id: 'debian', versionId: '9', prettyName: 'Debian 9' } });
  const { findings, unjudged } = findVulnerabilities(facts, memoryAdvisories([openssl]));
  assert.deepEqual(findings, []);
  assert.deepEqual(unjudged, [
    {
      reason: 'unknown-release',
      message:
        'The database has no advisories for Debian 9, but for Debian:12: its support may have ended, or the database be older',
      packages: [libssl.purl],
    },
  ]);
});

test('testing and unstable, an unknown distribution and none at all are said as well', () => {
  const reasonOf = (distribution: Parameters<typeof sampleFacts>[1]): string | undefined =>
    findVulnerabilities(sampleFacts([libssl], distribution), memoryAdvisories([openssl])).unjudged[0]?.reason;
  assert.equal(reasonOf({ distribution: { id: 'debian', prettyName: 'Debian GNU/Linux trixie/sid' } }), 'rolling');
  assert.equal(reasonOf({ distribution: { id: 'kali', idLike: ['debian'] } }), 'unknown-distribution');
  assert.equal(reasonOf({ distribution: undefined }), 'no-distribution');
});

test('names of one vulnerability are one finding, under its CVE', () => {
  const npm = { ecosystem: 'npm', name: 'left' };
  const { findings } = findVulnerabilities(
    sampleFacts([samplePackage({ type: 'npm', name: 'left', version: '1.0.0' })]),
    memoryAdvisories([
      { id: 'GHSA-aaaa-bbbb-cccc', aliases: ['CVE-2024-1'], fixed: '1.2.0', ...npm },
      { id: 'SNYK-1', aliases: ['GHSA-aaaa-bbbb-cccc'], fixed: '1.1.0', ...npm },
      { id: 'GHSA-dddd-eeee-ffff', fixed: '1.1.0', ...npm },
    ]),
  );
  assert.deepEqual(findings.map(({ id, aliases, fixedVersion }) => [id, aliases, fixedVersion]).sort(), [
    ['CVE-2024-1', ['GHSA-aaaa-bbbb-cccc', 'SNYK-1'], '1.2.0'],
    ['GHSA-dddd-eeee-ffff', [], '1.1.0'],
  ]);
});

test('an erratum is a finding for each vulnerability, but none for those whose own advisory says they were mended before', () => {
  const { findings } = findVulnerabilities(
    sampleFacts([libssl]),
    memoryAdvisories([
      { ...openssl, fixed: '3.0.11-1~deb12u1' },
      { ...openssl, id: 'DSA-5000-1', aliases: ['CVE-2024-1000', 'CVE-2024-3000'] },
    ]),
  );
  assert.deepEqual(
    findings.map(({ id, aliases }) => [id, aliases]),
    [['CVE-2024-3000', ['DSA-5000-1']]],
  );
});

test('the same package in many places is one finding with its places', () => {
  const places = ['a/node_modules/left/package.json', 'b/node_modules/left/package.json'];
  const packages = places.map((location, layer) =>
    samplePackage({ type: 'npm', name: 'left', version: '1.0.0', location, layer }),
  );
  const database = memoryAdvisories([{ id: 'CVE-2024-1', ecosystem: 'npm', name: 'left', fixed: '1.2.0' }]);
  const { findings } = findVulnerabilities(sampleFacts(packages), database);
  assert.deepEqual(
    findings.map((finding) => finding.places),
    [places.map((location, layer) => ({ location, layer }))],
  );
});

test('what a package of the distribution brought is judged by the distribution, what another brought by its language', () => {
  const module = { type: 'pypi', name: 'requests', version: '2.28.1' } as const;
  const python = samplePackage({ type: 'deb', name: 'python3-requests', version: '2.28.1+dfsg-1' });
  const foreign = samplePackage({ type: 'deb', name: 'tool', version: '1.0-1~bookworm' });
  const database = memoryAdvisories(
    [{ id: 'CVE-2024-1', ecosystem: 'PyPI', name: 'requests', fixed: '2.31.0' }],
    ['Debian:12'],
  );
  const scan = (owner: string, includeOwned = false): number =>
    findVulnerabilities(
      sampleFacts([python, foreign, samplePackage({ ...module, owner: { type: 'deb', name: owner } })]),
      database,
      { includeOwned },
    ).findings.length;
  assert.equal(scan('python3-requests'), 0);
  assert.equal(scan('python3-requests', true), 1);
  assert.equal(scan('tool'), 1);
});

test("a package of somebody else's archive is not judged by the distribution's advisories, and that is said", () => {
  const nginx = samplePackage({ type: 'deb', name: 'nginx', version: '1.20.0-1~bookworm' });
  const { findings, unjudged } = findVulnerabilities(
    sampleFacts([nginx]),
    memoryAdvisories([{ id: 'CVE-2024-1', ecosystem: 'Debian:12', name: 'nginx', fixed: '1.22.1-9' }]),
  );
  assert.deepEqual(findings, []);
  assert.deepEqual(
    unjudged.map(({ reason, packages }) => [reason, packages]),
    [['third-party', [nginx.purl]]],
  );
});

test('headers of the kernel are no kernel, unless asked for', () => {
  const headers = samplePackage({
    type: 'deb',
    name: 'linux-libc-dev',
    version: '6.1.90-1',
    source: { name: 'linux', version: '6.1.90-1' },
  });
  const database = memoryAdvisories([{ id: 'CVE-2024-1', ecosystem: 'Debian:12', name: 'linux', fixed: '6.1.99-1' }]);
  const count = (includeKernelHeaders: boolean): number =>
    findVulnerabilities(sampleFacts([headers]), database, { includeKernelHeaders }).findings.length;
  assert.deepEqual([count(false), count(true)], [0, 1]);
});

test('a program of Go is judged by its standard library, and by its own version only where that was released', () => {
  const database = memoryAdvisories([
    { id: 'GO-2024-1', ecosystem: 'Go', name: 'stdlib', ranges: [{ introduced: '1.21.0-0', fixed: '1.21.4' }] },
    { id: 'GO-2024-2', ecosystem: 'Go', name: 'example.org/tool', fixed: '1.5.0' },
  ]);
  const idsOf = (name: string, version: string, role: 'main' | 'standard-library'): string[] =>
    findVulnerabilities(sampleFacts([samplePackage({ type: 'golang', name, version, role })]), database).findings.map(
      ({ id }) => id,
    );
  assert.deepEqual(idsOf('stdlib', 'go1.21.3', 'standard-library'), ['GO-2024-1']);
  assert.deepEqual(idsOf('stdlib', '1.21rc2', 'standard-library'), ['GO-2024-1']);
  assert.deepEqual(idsOf('stdlib', '1.21.4', 'standard-library'), []);
  assert.deepEqual(idsOf('example.org/tool', 'v1.4.0', 'main'), ['GO-2024-2']);
  for (const version of ['(devel)', 'v0.0.0-20240101000000-0123456789ab', 'v1.4.0+dirty']) {
    assert.deepEqual(idsOf('example.org/tool', version, 'main'), [], version);
  }
});

test('a fix is above the installed version and itself not affected, also with several branches', () => {
  const database = memoryAdvisories([
    {
      id: 'CVE-2024-1',
      ecosystem: 'npm',
      name: 'left',
      ranges: [
        { introduced: '0', fixed: '1.5.0' },
        { introduced: '2.0.0', fixed: '2.3.0' },
      ],
    },
    { id: 'GHSA-a', aliases: ['CVE-2024-1'], ecosystem: 'npm', name: 'left', fixed: '1.5.1' },
  ]);
  const fixOf = (version: string): string | undefined =>
    findVulnerabilities(sampleFacts([samplePackage({ type: 'npm', name: 'left', version })]), database).findings[0]
      ?.fixedVersion;
  assert.equal(fixOf('1.0.0'), '1.5.1');
  assert.equal(fixOf('1.5.0'), '1.5.1');
  assert.equal(fixOf('2.1.0'), '2.3.0');
  assert.equal(fixOf('1.9.0'), undefined);
  assert.equal(fixOf('2.3.0'), undefined);
});

test("the distribution's rating outweighs CVSS, the newest CVSS the older, and words come last", () => {
  const v3 = { version: '3.1', vector: 'CVSS:3.1/AV:N', score: 9.8 };
  const v4 = { version: '4.0', vector: 'CVSS:4.0/AV:N', score: 6.9 };
  const severityOf = (sample: Partial<AdvisorySample>): readonly unknown[] => {
    const [finding] = findVulnerabilities(
      sampleFacts([libssl]),
      memoryAdvisories([{ ...openssl, ...sample }]),
    ).findings;
    return [finding?.severity, finding?.severitySource];
  };
  assert.deepEqual(severityOf({ urgency: 'low', cvss: [v3] }), ['low', 'Debian']);
  assert.deepEqual(severityOf({ cvss: [v3, v4] }), ['medium', 'CVSS 4.0']);
  assert.deepEqual(severityOf({ severity: 'high' }), ['high', 'CVE']);
  assert.deepEqual(severityOf({}), ['unknown', 'nobody']);
});

test('what is exploited comes first, then what probably will be, then the worst', () => {
  const of = (id: string, rest: Partial<AdvisorySample>): AdvisorySample => ({ ...openssl, ...rest, id });
  const { findings } = findVulnerabilities(
    sampleFacts([libssl]),
    memoryAdvisories([
      of('CVE-2024-1', { urgency: 'critical' }),
      of('CVE-2024-2', { urgency: 'low', kev: true }),
      of('CVE-2024-3', { urgency: 'medium', epss: 0.61 }),
      of('CVE-2024-4', { urgency: 'high', epss: 0.02 }),
    ]),
  );
  assert.deepEqual(
    findings.map(({ id }) => id),
    ['CVE-2024-2', 'CVE-2024-3', 'CVE-2024-1', 'CVE-2024-4'],
  );
});

test('an advisory of a module stream says nothing of other streams or of packages outside of modules', () => {
  const database = memoryAdvisories([
    { id: 'ALSA-2024:1', ecosystem: 'AlmaLinux:8', name: 'nodejs', fixed: '1:16.20.2-4.module_el8.9.0+1' },
  ]);
  const count = (version: string): number =>
    findVulnerabilities(
      sampleFacts([samplePackage({ type: 'rpm', name: 'nodejs', version })], {
        distribution: { id: 'almalinux', versionId: '8.9' },
      }),
      database,
    ).findings.length;
  assert.equal(count('1:16.19.1-1.module_el8.7.0+9'), 1);
  assert.equal(count('1:14.21.3-1.module_el8.7.0+9'), 0);
  assert.equal(count('1:16.19.1-1.el8'), 0);
});

test('the version of a source rpm is read with the epoch of its binary', () => {
  const database = memoryAdvisories([
    { id: 'RLSA-2024:1', ecosystem: 'Rocky Linux:9', name: 'openssl', fixed: '1:3.0.7-25.el9' },
  ]);
  const rpm = (release: string): Parameters<typeof samplePackage>[0] => ({
    type: 'rpm',
    name: 'openssl-libs',
    version: `1:3.0.7-${release}.el9`,
    source: { name: 'openssl', version: `3.0.7-${release}.el9` },
  });
  const count = (release: string): number =>
    findVulnerabilities(
      sampleFacts([samplePackage(rpm(release))], { distribution: { id: 'rocky', versionId: '9.3' } }),
      database,
    ).findings.length;
  assert.deepEqual([count('24'), count('25')], [1, 0]);
});

test('a version that cannot be compared is said, not matched', () => {
  const { findings, unjudged } = findVulnerabilities(
    sampleFacts([samplePackage({ type: 'npm', name: 'left', version: 'workspace' })]),
    memoryAdvisories([{ id: 'CVE-2024-1', ecosystem: 'npm', name: 'left' }]),
  );
  assert.deepEqual([findings.length, unjudged[0]?.reason], [0, 'version']);
});

test('a label names the stream: another of the same module is not meant, however its versions begin', () => {
  const fixed = '4.9.4-19.module_el8.10.0+3959+b8dc5e6a';
  const advisory = { id: 'ALSA-2025:1372', ecosystem: 'AlmaLinux:8', name: 'podman', fixed };
  const database = memoryAdvisories([{ ...advisory, details: { module: 'container-tools:rhel8 virt:rhel' } }]);
  const count = (label: string, version: string): number => {
    const podman = samplePackage({ type: 'rpm', name: 'podman', version, qualifiers: { modularitylabel: label } });
    const facts = sampleFacts([podman], { distribution: { id: 'almalinux', versionId: '8.10' } });
    return findVulnerabilities(facts, database).findings.length;
  };
  assert.equal(count('container-tools:rhel8:8080020230525:63b34585', '3.4.4-1.module_el8.8.0+3615'), 1);
  assert.equal(count('container-tools:4.0:8080020230525:63b34585', '4.0.2-1.module_el8.8.0+3615'), 0);
  assert.equal(count('other:1:8080020230525:63b34585', '4.0.2-1.module_el8.8.0+3615'), 1, 'as without a label');
});
