// `npm run bench:scan`: SBOMs and scans by Lading beside syft, trivy and osv-scanner, in one run on one machine; then our own figures.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPackage } from '../build.ts';
import { formatRow, type MeasuredRow, measuredRow } from './measured-row.ts';
import { inRounds } from './rounds.ts';
import { type ScannedImage, scannedImage } from './scan/images.ts';
import { measureOwn } from './scan/own-figures.ts';
import { allRows, type Row } from './scan/rows.ts';
import type { Scanner } from './scan/scanner.ts';
import { scanners } from './scan/scanners.ts';

const usage = `npm run bench:scan -- [--only=LIST] [--scanners=LIST] [--rounds=N] [--advisories=FOLDER] [--json=FILE]

  --only=LIST          only these: ${allRows.map(({ name }) => name).join(',')},own
  --scanners=LIST      only these: ${Object.keys(scanners).join(',')}
  --rounds=N           so often each, 5 unless told
  --advisories=FOLDER  OSV's dumps; those beside the checkout unless told
  --json=FILE          also write the figures there`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      scanners: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      advisories: { type: 'string', default: join(import.meta.dirname, '../../../shared/osv') },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const names = [...allRows.map(({ name }) => name), 'own'];
  const only = listed('row', values.only, names);
  const wanted = listed('scanner', values.scanners, Object.keys(scanners));
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a number from 1 on, not "${values.rounds}"`);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lading-bench-')));
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(code));
  const lading = await buildPackage(join(folder, 'package'));
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}`;
  console.log(`${machine}\n`);
  const cache = join(import.meta.dirname, '../../.cache/bench');
  await mkdir(cache, { recursive: true });
  const site = { folder, lading, advisories: values.advisories };
  const present: Scanner[] = [];
  for (const name of wanted) {
    const scanner = await scanners[name]?.(site);
    if (scanner === undefined || 'missing' in scanner) console.log(`Without ${name}: there is no ${scanner?.missing}.`);
    else present.push(scanner);
  }
  console.log(`Scanners: ${present.map(({ name, version }) => `${name} ${version}`).join(', ')}\n`);
  const measured: MeasuredRow[] = [];
  for (const row of allRows.filter(({ name }) => only.includes(name))) {
    const made = await measure(row, await scannedImage(lading, row.image, cache), present, rounds);
    console.log(`${formatRow(made)}\n`);
    measured.push(made);
  }
  const own = only.includes('own') ? await measureOwn(site, rounds) : [];
  for (const line of own) console.log(line);
  console.log(
    `\nMedians of ${rounds} (min–max), whole processes that take turns. Cold: nothing is kept of the image, the disk's cache is warm.`,
  );
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ machine, rows: measured, own }, undefined, 2)}\n`);
}

async function measure(
  row: Row,
  image: ScannedImage,
  present: readonly Scanner[],
  rounds: number,
): Promise<MeasuredRow> {
  const able: Scanner[] = [];
  for (const scanner of present) {
    await scanner.forget();
    // The first run also reads the archive into the disk's cache.
    try {
      const first = row.run(scanner, image);
      await first;
      if (first !== undefined) able.push(scanner);
    } catch (error) {
      // Of others it is told; trivy, for one, reads no image with Java archives without an index of them that only its makers serve.
      if (scanner.name === 'lading') throw error;
      console.log(`${row.name} without ${scanner.name}: ${error instanceof Error ? error.message.trim() : error}`);
    }
  }
  const samples = await inRounds(
    rounds,
    able.map((scanner) => ({
      name: scanner.name,
      measure: async () => {
        if (row.isCold) await scanner.forget();
        return await row.run(scanner, image)!;
      },
    })),
  );
  return measuredRow(row.name, row.what, samples);
}

function listed(what: string, text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known;
  return text.split(',').map((name) => {
    if (known.includes(name)) return name;
    throw new Error(`There is no ${what} "${name}"; there are ${known.join(', ')}`);
  });
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
