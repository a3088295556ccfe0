// `npm run bench:build`: builds by Lading beside BuildKit, Docker and buildah, in one run on one machine.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage } from '../build.ts';
import { debianBase } from './build/bases.ts';
import type { Base, Builder, Missing } from './build/builder.ts';
import { startBuildah } from './build/builders/buildah.ts';
import { startBuildkit } from './build/builders/buildkit.ts';
import { startDocker } from './build/builders/docker.ts';
import { startLading } from './build/builders/lading.ts';
import { writeContext } from './build/contexts.ts';
import { type BuilderName, parseOptions, usage } from './build/options.ts';
import type { Row, Site } from './build/row.ts';
import { allRows } from './build/rows.ts';
import { formatRow, type MeasuredRow, measuredRow, type RowCost } from './measured-row.ts';
import { inRounds } from './rounds.ts';

const start: Record<BuilderName, (folder: string, lading: string) => Promise<Builder | Missing>> = {
  lading: (folder, lading) => startLading(lading, folder),
  buildkit: startBuildkit,
  docker: startDocker,
  buildah: startBuildah,
};

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(usage);
    return;
  }
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lading-bench-')));
  // Everything lies in here, also what daemons keep in temporary folders of their own, and goes with the process.
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const started = performance.now();
  // As users have it: bundled. A checkout takes longer to start.
  const lading = await buildPackage(join(folder, 'package'));
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}`;
  console.log(`${machine}\n`);
  const cache = join(import.meta.dirname, '../../.cache/bench');
  const base = await debianBase(lading, folder, { cache, archive: options.base });
  const builders: Builder[] = [];
  const stopAll = (): Promise<unknown> => Promise.all(builders.splice(0).map((builder) => builder.stop()));
  // Daemons end before what they work in is removed.
  const interrupt = (code: number): void => void stopAll().finally(() => process.exit(code));
  process.once('SIGINT', () => interrupt(130)).once('SIGTERM', () => interrupt(143));
  const rows: MeasuredRow[] = [];
  try {
    for (const name of options.builders) {
      const builder = await start[name](folder, lading);
      if ('missing' in builder) {
        console.log(`Without ${name}: there is no ${builder.missing}.`);
        continue;
      }
      builders.push(builder);
      await builder.take(base);
    }
    console.log(`Builders: ${builders.map(({ name, version }) => `${name} ${version}`).join(', ')}\n`);
    for (const name of options.only) {
      const row = allRows[name];
      if (row === undefined) continue;
      const site = { folder: join(folder, 'row'), shared: folder, base, lading, quick: options.quick };
      const measured = await measure(row, site, builders, options.rounds);
      console.log(`${formatRow(measured)}\n`);
      rows.push(measured);
    }
  } finally {
    await stopAll();
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`Medians of ${options.rounds} (min–max), whole processes; CPU and peak of a daemon and of all that it started are in the figures
of its client. Builders take turns, each round beginning with another. Lading and the archives of all have gzip layers; BuildKit compresses for
its store as for archives; docker and buildah keep layers as they are. Took ${seconds.toFixed(0)} s${
    options.quick ? ' (--quick: too few and too small to compare)' : ''
  }.`);
  if (options.json !== undefined)
    await writeFile(
      options.json,
      `${JSON.stringify({ machine, quick: options.quick, seconds, rows }, undefined, 2)}\n`,
    );
}

async function measure(row: Row, site: Site, builders: readonly Builder[], rounds: number): Promise<MeasuredRow> {
  await mkdir(site.folder);
  const { bases = [], warm, run, end } = await row.prepare(site);
  let serial = 0;
  try {
    for (const builder of builders) {
      for (const each of bases) await takeOnce(builder, each);
      await useBase(builder, site);
      await warm?.(builder);
    }
    const contenders = builders.map((builder) => ({
      name: builder.name,
      measure: (): Promise<RowCost | undefined> => run(builder, ++serial),
    }));
    const samples = await inRounds(rounds, contenders);
    if (row.keepsBases !== true) for (const builder of builders) await builder.clean();
    const known = [...samples].map(([name, costs]) => [name, costs.filter((cost) => cost !== undefined)] as const);
    return measuredRow(row.name, row.what, new Map(known));
  } finally {
    await end?.();
    await rm(site.folder, { recursive: true });
  }
}

const taken = new Map<Base, Set<Builder>>();

async function takeOnce(builder: Builder, base: Base): Promise<void> {
  const by = taken.get(base) ?? new Set();
  taken.set(base, by);
  if (!by.has(builder)) await builder.take(base);
  by.add(builder);
}

/** A base that was just taken may not be unpacked yet. */
async function useBase(builder: Builder, { folder, base }: Site): Promise<void> {
  const context = await writeContext(join(folder, 'first'), {
    Dockerfile: `FROM ${base.name}\nCOPY Dockerfile /srv/\nRUN true\n`,
  });
  await builder.build({ context, base });
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
