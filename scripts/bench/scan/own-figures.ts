import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type FactStore, findVulnerabilities, openAdvisories, openFactFolder } from '@lading/contents';
import type { ImageFacts, ImagePackage } from '@lading/facts';
import { digestOf } from '@lading/oci';
import { measureProcess } from '../measured-process.ts';
import { summarize } from '../statistics.ts';
import { formatMegabytes, formatSummary, formatTable } from '../table.ts';
import type { Site } from './scanners.ts';

const packages = 1000;

/** What nobody else has to be compared with: the advisory database, and a scan of facts that are kept. */
export async function measureOwn({ folder, lading, advisories }: Site, rounds: number): Promise<string[]> {
  const database = join(folder, 'own.db');
  const update = [lading, 'advisories', 'update', '--root', join(folder, 'own'), '--from', advisories] as const;
  const build = await measureProcess([...update, '--output', database], { folder });
  const loads: number[] = [];
  const rescans: number[] = [];
  const firsts: number[] = [];
  const store = openFactFolder(join(folder, 'own-facts'));
  const facts = sampleFacts();
  await store.keepImage(facts);
  let found = 0;
  for (let round = 0; round < Math.max(rounds, 5) * 4; round++) {
    const started = performance.now();
    const opened = openAdvisories(database);
    loads.push(performance.now() - started);
    firsts.push(await timeOf(() => rescan(store, facts, opened)));
    rescans.push(
      await timeOf(async () => {
        found = await rescan(store, facts, opened);
      }),
    );
    opened.close();
  }
  const { size } = await stat(database);
  const row = (what: string, value: string, goal: string): string[] => [what, value, goal];
  const ms = (values: readonly number[]): string => `${formatSummary(summarize(values), 1)} ms`;
  return [
    formatTable([
      ['', 'ours', 'goal'],
      row(
        `advisory database of ${advisories.split('/').pop()}, built`,
        `${(build.wallMs / 1000).toFixed(1)} s`,
        '60 s',
      ),
      row(
        '  its CPU and peak',
        `${((build.cpuMs ?? 0) / 1000).toFixed(1)} s, ${formatMegabytes(build.peakBytes)} MB`,
        '',
      ),
      row('  its size', `${formatMegabytes(size)} MB`, '20 MB'),
      row('  opened', ms(loads), '150 ms'),
      row(`rescan of ${packages} packages, ${found} findings`, ms(rescans), '20 ms'),
      row('  with a database just opened', ms(firsts), ''),
    ]),
  ];
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function rescan(
  store: FactStore,
  { digest, version }: ImageFacts,
  database: ReturnType<typeof openAdvisories>,
): Promise<number> {
  const facts = await store.findImage(digest, version);
  if (facts === undefined) throw new Error('the facts are not there');
  return findVulnerabilities(facts, database).findings.length;
}

/** Names that advisories know, at versions that have some of what they tell. */
const names = ['openssl', 'curl', 'glibc', 'systemd', 'git', 'perl', 'python3.11', 'sqlite3', 'expat', 'zlib'];

function sampleFacts(): ImageFacts {
  const list = Array.from({ length: packages }, (_, at): ImagePackage => {
    const name = names[at] ?? `package-${at}`;
    const version = '1.0-1';
    const common = { name, version, layer: 0, location: 'var/lib/dpkg/status', cataloger: 'dpkg' };
    return {
      ...common,
      type: 'deb',
      architecture: 'amd64',
      purl: `pkg:deb/debian/${name}@${version}?arch=amd64&distro=debian-12`,
    };
  });
  return {
    ...{ version: 1, digest: digestOf('bench'), platform: 'linux/amd64', packages: list, files: [], warnings: [] },
    distribution: { id: 'debian', versionId: '12' },
    layers: [{ digest: digestOf('layer'), diffId: digestOf('layer'), size: 1 }],
  };
}
