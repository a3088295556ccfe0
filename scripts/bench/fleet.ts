// What `npm run bench:fleet` runs: searches over what many images contain, on SQLite and, where there is one, PostgreSQL.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Catalog,
  findAffected,
  findBases,
  findDerived,
  findPackages,
  findSecrets,
  openCatalog,
  parsePackageQuery,
} from '@lading/catalog';
import type { Digest } from '@lading/oci';
import { findPostgres, runPostgres } from '@lading/testkit';
import { fingerprintOfImage, generateImages, judgeAll, nameOfBase, nameOfImage } from './fleet/generate-images.ts';
import { formatTable } from './table.ts';

const usage = `npm run bench:fleet -- [--images=N] [--packages=N] [--sqlite] [--json]

  --images=N    (2000)
  --packages=N  of each (300)
  --sqlite      no PostgreSQL
  --json        figures as JSON`;

/** What the project promises of every page of 100. */
const goalMs = 50;
const turns = 30;

interface Figure {
  readonly database: string;
  readonly what: string;
  readonly items: number;
  readonly p50: number;
  readonly p99: number;
}

async function measure(name: string, catalog: Catalog, size: { images: number; packages: number }): Promise<Figure[]> {
  const { database } = catalog;
  const figures: Figure[] = [];
  const add = (what: string, items: number, times: readonly number[]): void => {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
    figures.push({ database: name, what, items, p50: at(0.5), p99: at(0.99) });
  };
  add('record an image', size.packages, await generateImages(catalog, size));
  const began = performance.now();
  const packages = await judgeAll(catalog, 'first');
  add('first verdicts of all packages', packages, [performance.now() - began]);
  const again = performance.now();
  await judgeAll(catalog, 'second');
  add('the same verdicts by other advisories', packages, [performance.now() - again]);

  const digestOf = async (repository: string): Promise<Digest> =>
    (await catalog.references(repository).resolve('latest'))?.digest as Digest;
  const page = { limit: 100, maySee: () => true };
  const few = { limit: 100, maySee: (repository: string) => repository.startsWith('team-7/') };
  const base = await digestOf(nameOfBase(0));
  const image = await digestOf(nameOfImage(1));
  const everywhere = parsePackageQuery('common-0');
  const searches: Readonly<Record<string, () => Promise<readonly unknown[]>>> = {
    'a package that all have': async () => (await findPackages(database, everywhere, page)).items,
    'the same, a page in the middle': async () =>
      (await findPackages(database, everywhere, { ...page, after: middle })).items,
    'the same, of one repository in a hundred': async () => (await findPackages(database, everywhere, few)).items,
    'a range that few have': async () =>
      (await findPackages(database, parsePackageQuery('npm:rare-32 <1.4 || >1.5'), page)).items,
    'by the name of the source': async () =>
      (await findPackages(database, parsePackageQuery('library-7-source <1.3'), page)).items,
    'what was built on a base': async () => (await findDerived(database, [base], page))?.items ?? [],
    'what an image was built on': async () => (await findBases(database, image, page.maySee)) ?? [],
    'a secret': async () => (await findSecrets(database, [fingerprintOfImage(0)], page)).items,
    'a vulnerability of thousands of packages': async () => (await findAffected(database, 'CVE-2026-1', page)).items,
    'a vulnerability of few packages': async () => (await findAffected(database, 'CVE-2026-78', page)).items,
  };
  const half = await findPackages(database, everywhere, { ...page, limit: 1000 });
  const middle = half.next;
  for (const [what, search] of Object.entries(searches)) {
    const times: number[] = [];
    let items = 0;
    for (let turn = 0; turn < turns; turn++) {
      const began = performance.now();
      items = (await search()).length;
      times.push(performance.now() - began);
    }
    add(what, items, times);
  }
  return figures;
}

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '2000' },
    packages: { type: 'string', default: '300' },
    sqlite: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(usage);
  const size = { images: Number(values.images), packages: Number(values.packages) };
  const folder = await mkdtemp(join(tmpdir(), 'lading-bench-fleet-'));
  const figures: Figure[] = [];
  const programs = values.sqlite ? undefined : findPostgres();
  const server = programs === undefined ? undefined : await runPostgres(programs);
  try {
    const path = join(folder, 'catalog.sqlite');
    const sqlite = await openCatalog({ path });
    figures.push(...(await measure('SQLite', sqlite, size)));
    await sqlite.close();
    if (!values.json) console.log(`${Math.round((await stat(path)).size / 1e6)} MB of SQLite`);
    if (server !== undefined) {
      const postgres = await openCatalog({ url: await server.createDatabase() });
      figures.push(...(await measure('PostgreSQL', postgres, size)));
      await postgres.close();
    }
  } finally {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }
  if (values.json) return console.log(JSON.stringify({ size, goalMs, figures }, undefined, 2));
  const rows = figures.map(({ database, what, items, p50, p99 }) => [
    ...[database, what, String(items), p50.toFixed(1), p99.toFixed(1)],
  ]);
  console.log(formatTable([['database', 'what', 'items', 'p50 ms', 'p99 ms'], ...rows]));
}

await main();
