// Findings against a second, naive reading of the same published records: nothing is found that they do not say, and nothing they say is
// missed, but for what the lists below explain.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareVersions, formatPackageUrl, versionOrderOf } from '@lading/distro';
import { isLongRun, skipUnless, vectorsFolder } from '@lading/testkit';
import { createRandom } from '../crash/random.ts';
import { type Lading, openLading } from '../lading.ts';
import { compareFindings, type Reported } from './accuracy/compare-findings.ts';
import { type DrawnPackage, drawPackages } from './accuracy/draw-packages.ts';
import { statementsOf } from './accuracy/osv-record.ts';

const count = Number(process.env.LADING_PACKAGES ?? 1000);

interface Judged {
  readonly folder: string;
  readonly ecosystem: string;
  /** For packages of distributions: what the document says of its system. */
  readonly system?: { readonly name: string; readonly version: string };
  readonly purl: (drawn: DrawnPackage) => string;
}

const namespaced =
  (type: string, separator: string) =>
  ({ name, version }: DrawnPackage) => {
    const at = name.lastIndexOf(separator);
    const namespace = at < 0 ? {} : { namespace: name.slice(0, at) };
    return formatPackageUrl({ type, ...namespace, name: name.slice(at + 1), version });
  };
const of = (type: string, namespace: string) => (drawn: DrawnPackage) =>
  formatPackageUrl({ type, namespace, ...drawn });

const ecosystems: readonly Judged[] = [
  { folder: 'Debian', ecosystem: 'Debian:12', system: { name: 'debian', version: '12' }, purl: of('deb', 'debian') },
  { folder: 'Debian', ecosystem: 'Debian:11', system: { name: 'debian', version: '11' }, purl: of('deb', 'debian') },
  {
    folder: 'Alpine',
    ecosystem: 'Alpine:v3.18',
    system: { name: 'alpine', version: '3.18.4' },
    purl: of('apk', 'alpine'),
  },
  {
    folder: 'Alpine',
    ecosystem: 'Alpine:v3.10',
    system: { name: 'alpine', version: '3.10.9' },
    purl: of('apk', 'alpine'),
  },
  { folder: 'npm', ecosystem: 'npm', purl: namespaced('npm', '/') },
  { folder: 'PyPI', ecosystem: 'PyPI', purl: namespaced('pypi', '/') },
  {
    folder: 'Go',
    ecosystem: 'Go',
    purl: ({ name, version }) => namespaced('golang', '/')({ name, version: `v${version}` }),
  },
  { folder: 'Maven', ecosystem: 'Maven', purl: namespaced('maven', ':') },
];

interface Report {
  readonly findings: readonly (Reported & { readonly fixedVersion?: string })[];
}

async function scanned(lading: Lading, { folder, ecosystem, system, purl }: Judged, drawn: readonly DrawnPackage[]) {
  const database = join(lading.folder, `${folder}.db`);
  if (!existsSync(database)) {
    const source = join(vectorsFolder(), '../osv');
    await lading.out('advisories', 'update', '--from', source, '--ecosystem', folder, '--output', database);
  }
  const components = drawn.map((one) => ({ type: 'library', name: one.name, version: one.version, purl: purl(one) }));
  const operatingSystem = system === undefined ? [] : [{ type: 'operating-system', ...system }];
  const path = join(lading.folder, `${ecosystem.replace(/\W/g, '-')}.json`);
  const document = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [...operatingSystem, ...components] };
  await writeFile(path, JSON.stringify(document));
  const options = ['--scanners', 'vulnerabilities', '--include-kernel-headers', '--database', database];
  return lading.json<Report>('scan', ...options, `sbom:${path}`);
}

for (const judged of ecosystems) {
  const { folder, ecosystem } = judged;
  test(`packages of ${ecosystem} have exactly the findings that the records say, each with a fix above what is installed`, async (t) => {
    if (!isLongRun(t)) return;
    const dump = join(vectorsFolder(), '../osv', folder, 'all.zip');
    if (!skipUnless(t, existsSync(dump), `no advisories of ${folder} lie beside the test vectors`)) return;
    const lading = await openLading(t);
    const order = versionOrderOf(ecosystem)!;
    const statements = await statementsOf(dump, ecosystem);
    const drawn = drawPackages(statements, count, createRandom(Number(process.env.LADING_SEED ?? 1)));
    const { findings } = await scanned(lading, judged, drawn);
    for (const { id, affected, fixedVersion } of findings) {
      if (fixedVersion === undefined) continue;
      assert.ok(
        compareVersions(order, fixedVersion, affected.version) > 0,
        `${id}: ${fixedVersion} for ${affected.version}`,
      );
    }
    const { same, explained, wrong } = compareFindings({ statements, drawn, findings, order });
    const reasons = Object.entries(explained).map(([reason, many]) => `${many} ${reason}`);
    t.diagnostic([`${drawn.length} packages`, `${same} findings agree`, ...reasons].join('; '));
    assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} in all`);
  });
}
