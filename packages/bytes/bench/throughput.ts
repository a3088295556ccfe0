import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Bytes } from '@lading/bytes';
import { drain, fromFile, gunzip, gzip, toReadable, unzstd, zstd } from '@lading/bytes';
import { findProgram } from '@lading/testkit';
import { writeInput } from './input.ts';

interface Case {
  readonly group: string;
  readonly name: string;
  /** Runs once and tells the size of the output, or undefined where that says nothing. */
  readonly run: () => Promise<number | undefined>;
}

export interface ThroughputOptions {
  readonly bytes?: number;
  readonly rounds?: number;
}

/** One contender of one task, in MB/s of uncompressed data. */
export interface ThroughputRow {
  readonly task: string;
  readonly by: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How many times as fast as this one ours is; absent for ours. */
  readonly advantage?: number;
  /** Of the output, as a part of the input; absent where that says nothing. */
  readonly share?: number;
}

/** Measures digests and compression beside the usual programs. Rounds are interleaved, so that load of the machine hits all alike. */
export async function measureThroughput(
  options: ThroughputOptions = {},
): Promise<{ readonly data: readonly ThroughputRow[]; readonly text: string }> {
  const bytes = options.bytes ?? 200_000_000;
  const rounds = options.rounds ?? 5;
  const folder = await mkdtemp(join(tmpdir(), 'lading-bench-'));
  try {
    const input = join(folder, 'input');
    await writeInput(input, bytes);
    await Promise.all([
      writeFile(gzip(fromFile(input)), `${input}.gz`),
      writeFile(zstd(fromFile(input)), `${input}.zst`),
    ]);
    const cases = casesFor(input);
    const times = cases.map((): number[] => []);
    const sizes: (number | undefined)[] = [];
    for (const one of cases) sizes.push(await one.run()); // warms caches and workers
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, one] of cases.entries()) {
        const began = performance.now();
        await one.run();
        times[index]?.push(performance.now() - began);
      }
    }
    const data = rowsOf(cases, times, sizes, bytes);
    return { data, text: textOf(data, bytes, rounds) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function casesFor(input: string): Case[] {
  const threads = availableParallelism();
  const cases: Case[] = [
    { group: 'sha256', name: 'lading', run: () => hash(fromFile(input)) },
    ...program('sha256', 'sha256sum', [], input),
    ...program('sha256', 'openssl', ['dgst', '-sha256'], input),
    { group: 'gzip, 1 thread', name: 'lading', run: () => drain(gzip(fromFile(input), { threads: 1 })) },
    ...program('gzip, 1 thread', 'gzip', ['-5', '-c'], input),
    ...program('gzip, 1 thread', 'pigz', ['-5', '-c', '-p', '1'], input),
    { group: `gzip, ${threads} threads`, name: 'lading', run: () => drain(gzip(fromFile(input))) },
    ...program(`gzip, ${threads} threads`, 'pigz', ['-5', '-c', '-p', `${threads}`], input),
    { group: `zstd, ${threads} threads`, name: 'lading', run: () => drain(zstd(fromFile(input))) },
    ...program(`zstd, ${threads} threads`, 'zstd', ['-3', '-c', '-q', `-T${threads}`], input),
    { group: 'gunzip', name: 'lading', run: () => nothing(drain(gunzip(fromFile(`${input}.gz`)))) },
    ...program('gunzip', 'gzip', ['-d', '-c'], `${input}.gz`, false),
    ...program('gunzip', 'pigz', ['-d', '-c'], `${input}.gz`, false),
    { group: 'unzstd', name: 'lading', run: () => nothing(drain(unzstd(fromFile(`${input}.zst`)))) },
    ...program('unzstd', 'zstd', ['-d', '-c', '-q'], `${input}.zst`, false),
  ];
  return cases;
}

async function hash(bytes: Bytes): Promise<undefined> {
  const hasher = createHash('sha256');
  for await (const chunk of bytes) hasher.update(chunk);
  hasher.digest();
}

async function nothing(work: Promise<unknown>): Promise<undefined> {
  await work;
}

async function writeFile(bytes: Bytes, path: string): Promise<void> {
  await pipeline(toReadable(bytes), createWriteStream(path));
}

/** The program reading its input from a file and writing to one of the kernel's; absent programs make no row. */
function program(group: string, name: string, args: readonly string[], input: string, sized = true): Case[] {
  const path = findProgram(name);
  if (path === undefined) return [];
  const output = join(input, '..', 'output');
  const run = async (): Promise<number | undefined> => {
    await new Promise<void>((resolve, reject) => {
      const script = `"$0" "$@" < "$LADING_INPUT" > "$LADING_OUTPUT"`;
      const env = { ...process.env, LADING_INPUT: input, LADING_OUTPUT: measured ? '/dev/null' : output };
      const child = spawn('/bin/sh', ['-c', script, path, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with code ${code}`))));
    });
    // The warm-up tells the size, the measured rounds write nowhere, as ours do.
    if (measured || !sized || group === 'sha256') {
      measured = true;
      return undefined;
    }
    measured = true;
    return (await stat(output)).size;
  };
  let measured = false;
  return [{ group, name: [name, ...args.filter((arg) => arg !== '-c' && arg !== '-q')].join(' '), run }];
}

function rowsOf(cases: Case[], times: number[][], sizes: (number | undefined)[], bytes: number): ThroughputRow[] {
  return cases.map(({ group, name }, index) => {
    const rates = (times[index] ?? []).map((ms) => bytes / 1e3 / ms).sort((a, b) => a - b);
    const own = cases.findIndex((one) => one.group === group && one.name === 'lading');
    const advantage = median(times[index] ?? []) / median(times[own] ?? []);
    const size = sizes[index];
    return {
      task: group,
      by: name,
      median: median(rates),
      min: rates[0] ?? 0,
      max: rates.at(-1) ?? 0,
      ...(name === 'lading' ? {} : { advantage }),
      ...(size === undefined ? {} : { share: size / bytes }),
    };
  });
}

function textOf(rows: readonly ThroughputRow[], bytes: number, rounds: number): string {
  const lines = rows.map(({ task, by, median, min, max, advantage, share }) => {
    const range = `${min.toFixed(0)}–${max.toFixed(0)}`;
    const ratio = advantage === undefined ? '' : `${advantage.toFixed(2)}×`;
    return row(task, by, median.toFixed(0), range, ratio, share === undefined ? '' : `${(100 * share).toFixed(2)}%`);
  });
  return [
    `${bytes / 1e6} MB, median of ${rounds} (min–max), MB/s of uncompressed data, ${availableParallelism()} cores`,
    row('task', 'by', 'MB/s', 'min–max', 'lading is', 'size'),
    ...lines,
  ].join('\n');
}

function row(task: string, by: string, rate: string, range: string, ratio: string, size: string): string {
  const left = `${task.padEnd(18)}${by.padEnd(18)}`;
  return `${left}${rate.padStart(8)}${range.padStart(14)}${ratio.padStart(12)}${size.padStart(10)}`.trimEnd();
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

if (import.meta.main) console.log((await measureThroughput()).text);
