import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareVersions, versionOrderOf } from '@lading/distro';
import { isLongRun, skipUnless, temporaryFolder, vectorsFolder } from '@lading/testkit';
import { inMemory } from '../random-access.ts';
import { openZip } from '../zip/zip.ts';
import type { Affected } from './advisory-database.ts';
import { buildAdvisories } from './build/build-advisories.ts';
import { openAdvisories } from './open-advisories.ts';
import { findAdvisoryFiles } from './sources/find-files.ts';

const dumps = process.env.LADING_OSV ?? join(vectorsFolder(), '../osv');

interface OsvAffected {
  readonly package?: { readonly ecosystem?: string; readonly name?: string };
  readonly ranges?: readonly { readonly type: string; readonly events: readonly Readonly<Record<string, string>>[] }[];
  readonly versions?: readonly string[];
}

/** Whether a version is affected, by what was looked up: nothing is shared with the importer. */
function says(affected: readonly Affected[], ecosystem: string, version: string): boolean {
  const order = versionOrderOf(ecosystem) ?? 'semver';
  const atLeast = (a: string, b: string) => b === '0' || compareVersions(order, a, b) >= 0;
  return affected.some(
    ({ ranges, versions }) =>
      versions.includes(version) ||
      ranges.some(({ introduced, fixed, lastAffected }) => {
        if (!atLeast(version, introduced)) return false;
        if (fixed !== undefined) return !atLeast(version, fixed);
        return lastAffected === undefined || compareVersions(order, version, lastAffected) <= 0;
      }),
  );
}

/** How many packages of records were compared. */
async function compare(t: Parameters<typeof temporaryFolder>[0], ecosystem: string, every = 1): Promise<number> {
  const source = join(dumps, ecosystem, 'all.zip');
  const path = join(await temporaryFolder(t), 'advisories.db');
  const built = await buildAdvisories(await findAdvisoryFiles(source));
  assert.equal(built.warnings.count, 0);
  await writeFile(path, built.bytes);
  const database = openAdvisories(path);
  t.after(() => database.close());
  const zip = await openZip(inMemory(await readFile(source)));
  let compared = 0;
  for (const [index, entry] of zip.entries().entries()) {
    if (index % every !== 0) continue;
    const record = JSON.parse((await zip.read(entry, { maxBytes: 1 << 26 })).toString());
    if (record.withdrawn !== undefined) continue;
    for (const one of record.affected as OsvAffected[]) {
      const { ecosystem: release, name } = one.package ?? {};
      if (release === undefined || name === undefined || release.split(':')[0] !== ecosystem) continue;
      const own = database.affected(release, name).filter(({ id }) => id === record.id);
      const events = (one.ranges ?? []).filter(({ type }) => type !== 'GIT').flatMap((range) => range.events);
      for (const version of one.versions ?? [])
        assert.ok(says(own, release, version), `${record.id}: ${name} ${version}`);
      for (const { introduced } of events) {
        if (introduced === undefined || introduced === '0') continue;
        // A few records end before they begin.
        const ends = events.flatMap(({ fixed, last_affected }) => fixed ?? last_affected ?? []);
        const order = versionOrderOf(release) ?? 'semver';
        if (!ends.some((end) => compareVersions(order, end, introduced) <= 0))
          assert.ok(says(own, release, introduced), `${record.id}: ${introduced}`);
      }
      const [last] = events.slice(-1);
      if (last?.fixed !== undefined && events.length === 2)
        assert.ok(
          own.some(({ ranges }) => ranges.some(({ fixed }) => fixed === last.fixed)),
          record.id,
        );
      compared++;
    }
  }
  return compared;
}

test('what is looked up says of real records what they say', async (t) => {
  if (!skipUnless(t, existsSync(dumps), `no dumps of OSV in ${dumps}; set LADING_OSV`)) return;
  assert.ok((await compare(t, 'crates.io')) > 1000);
});

test('what is looked up says of all real records what they say', async (t) => {
  if (!isLongRun(t) || !skipUnless(t, existsSync(dumps), `no dumps of OSV in ${dumps}; set LADING_OSV`)) return;
  for (const ecosystem of ['npm', 'Go', 'Packagist', 'RubyGems'])
    assert.ok((await compare(t, ecosystem)) > 1000, ecosystem);
  // Their records list thousands of versions.
  for (const ecosystem of ['Alpine', 'Debian', 'PyPI']) {
    assert.ok((await compare(t, ecosystem, 50)) > 100, ecosystem);
  }
});
