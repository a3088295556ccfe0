// Held against published advisories, read here in the plainest way: OSV's evaluation, record by record, without our database and matching.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { compareVersions, versionOrderOf } from '@lading/distro';
import type { Finding, ImageFacts } from '@lading/facts';
import { openArchive, openImage } from '@lading/image';
import {
  findProgram,
  isLongRun,
  runProgram,
  skipUnless,
  temporaryFolder,
  vector,
  vectorsFolder,
} from '@lading/testkit';
import { buildAdvisories } from '../advisories/build/build-advisories.ts';
import { type OpenAdvisories, openAdvisories } from '../advisories/open-advisories.ts';
import { findAdvisoryFiles } from '../advisories/sources/find-files.ts';
import { factsOfImage } from '../layers/facts-of-image.ts';
import { sampleFacts, samplePackage } from '../testing/sample-facts.ts';
import { findVulnerabilities } from './find-vulnerabilities.ts';
import { rawRecords } from './testing/raw-records.ts';

/** A database of some ecosystems of the advisories beside the vectors; undefined after skipping the test. */
async function realAdvisories(t: TestContext, ...ecosystems: string[]): Promise<OpenAdvisories | undefined> {
  const folder = join(vectorsFolder(), '../osv');
  if (!skipUnless(t, existsSync(folder), 'there are no published advisories beside the test vectors')) return undefined;
  const built = await buildAdvisories(await findAdvisoryFiles(folder, { ecosystems }));
  const path = join(await temporaryFolder(t), 'advisories.db');
  await writeFile(path, built.bytes);
  const database = openAdvisories(path);
  t.after(() => database.close());
  return database;
}

function assertFixesAreAbove(findings: readonly Finding[]): void {
  for (const { id, affected, fixedVersion } of findings) {
    if (fixedVersion === undefined) continue;
    const order = versionOrderOf(affected.ecosystem);
    assert.ok(
      order !== undefined && compareVersions(order, fixedVersion, affected.version) > 0,
      `${id} ${fixedVersion}`,
    );
  }
}

/** Ids with source packages, as the records themselves say. */
async function expectedOf({ packages }: ImageFacts, ecosystem: string, folder: string): Promise<string[]> {
  const order = versionOrderOf(ecosystem)!;
  const sources = new Map(
    packages.map(({ name, version, source }) => [source?.name ?? name, source?.version ?? version]),
  );
  const expected = new Set<string>();
  for await (const { id, affected = [] } of rawRecords(join(vectorsFolder(), '../osv', folder, 'all.zip'))) {
    for (const { package: named, ranges = [] } of affected) {
      const installed = named?.ecosystem === ecosystem ? sources.get(named.name) : undefined;
      if (installed === undefined) continue;
      for (const { events, type } of ranges) {
        const fixed = events.find((event) => event.fixed !== undefined)?.fixed;
        const last = events.find((event) => event.last_affected !== undefined)?.last_affected;
        const isBelow = fixed === undefined || compareVersions(order, installed, fixed) < 0;
        const isWithin = last === undefined || compareVersions(order, installed, last) <= 0;
        if (type === 'ECOSYSTEM' && isBelow && isWithin) expected.add(`${id} ${named?.name}`);
      }
    }
  }
  return [...expected].sort();
}

test('findings of real Alpine images are those that the records say, each with a fix above what is installed', async (t) => {
  if (!isLongRun(t)) return;
  const database = await realAdvisories(t, 'Alpine');
  if (database === undefined) return;
  for (const [file, release] of [
    ['alpine-310', 'Alpine:v3.10'],
    ['alpine-311', 'Alpine:v3.11'],
  ] as const) {
    const path = vector(t, `images/${file}.docker-archive.tar.gz`);
    if (path === undefined) return;
    const archive = await openArchive(path);
    const facts = await factsOfImage(await openImage(archive.repository, archive.images[0]!.descriptor));
    await archive.close();
    const { findings } = findVulnerabilities(facts, database);
    assertFixesAreAbove(findings);
    const system = { ...facts, packages: facts.packages.filter(({ type }) => type === 'apk') };
    const found = [...new Set(findings.map(({ id, affected }) => `${id} ${affected.name}`))].sort();
    assert.deepEqual(found, await expectedOf(system, release, 'Alpine'));
    t.diagnostic(`${file}: ${found.length} vulnerabilities`);
    // As if everything were upgraded to what is advised, nothing of it is left.
    for (const finding of findings) {
      if (finding.fixedVersion === undefined) continue;
      const version = finding.fixedVersion;
      const upgraded = { ...finding.package, version, source: { name: finding.affected.name, version } };
      const left = findVulnerabilities({ ...facts, packages: [upgraded] }, database).findings;
      assert.ok(!left.some(({ id }) => id === finding.id), `${finding.id} at ${version}`);
    }
  }
});

test('every source package of Debian 12 is judged as its records say, below, at and above fixes, as dpkg orders them', async (t) => {
  if (!isLongRun(t)) return;
  const database = await realAdvisories(t, 'Debian');
  if (database === undefined) return;
  const dpkg = findProgram('dpkg');
  let asked = 0;
  let judged = 0;
  const seen = new Map<string, number>();
  for await (const { id, affected = [] } of rawRecords(join(vectorsFolder(), '../osv/Debian/all.zip'))) {
    for (const { package: named, ranges = [] } of affected) {
      const fixed = ranges[0]?.events.find((event) => event.fixed !== undefined)?.fixed;
      if (named?.ecosystem !== 'Debian:12' || !id.startsWith('CVE-') || fixed === undefined || fixed === '0') continue;
      // Of browsers and kernels there are thousands, and each look-up reads them all.
      const count = seen.get(named.name) ?? 0;
      seen.set(named.name, count + 1);
      if (count >= 3) continue;
      for (const version of [`${fixed}~~`, fixed, `${fixed}+deb12u9`]) {
        const one = samplePackage({
          type: 'deb',
          name: named.name === 'linux' ? 'linux-image-amd64' : named.name,
          version,
          source: { name: named.name, version },
        });
        const { findings } = findVulnerabilities(sampleFacts([one]), database);
        const found = findings.find((finding) => finding.id === id || finding.aliases.includes(id));
        assert.equal(found !== undefined, version === `${fixed}~~`, `${id} of ${named.name} ${version}`);
        if (found?.fixedVersion === undefined) continue;
        judged++;
        if (dpkg === undefined || judged % 100 !== 0) continue;
        const { code } = await runProgram(dpkg, ['--compare-versions', found.fixedVersion, 'gt', version]);
        assert.equal(code, 0, `${found.fixedVersion} gt ${version}`);
        asked++;
      }
    }
  }
  t.diagnostic(`${judged} records, ${asked} of their fixes compared by dpkg`);
  assert.ok(judged > 1000);
});
