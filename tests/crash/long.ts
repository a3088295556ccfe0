// The long mode: `node tests/crash/long.ts [--schedules 100000] [--seed 1] [--scenarios 24] [--workers 2]`. Runs the schedules of so many seeds, from this one
// on, and prints what it found; exit code 1 when anything is wrong. With `--prefixes` it also runs every prefix of every trace, once with
// nothing and once with all of what was not synced. `--recording`, `--scenario` and `--schedule`, as a report gives them, repeat one crash.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { findProgram } from '@lading/testkit';
import { describeViolation, diskFolder, runSchedules } from './harness.ts';
import { compileRecorder, readRecording, record } from './record.ts';
import { scenarioCount, scenarioOf } from './scenario.ts';
import { everyPrefix, type Schedule, scheduleOf } from './schedule.ts';
import type { Operation } from './trace.ts';

/** The part of one worker: the scenarios whose number, divided by the workers, leaves this rest. */
interface Part {
  readonly rest: number;
  readonly workers: number;
  /** So many different traces; the schedule of seed n runs over trace n modulo this. */
  readonly scenarios: number;
  readonly first: number;
  readonly schedules: number;
  readonly prefixes: boolean;
  readonly library: string;
  readonly folder: string;
}

interface Report {
  readonly count: number;
  readonly lines: readonly string[];
}

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    scenarios: { type: 'string', default: String(scenarioCount) },
    workers: { type: 'string', default: '2' },
    prefixes: { type: 'boolean', default: false },
    recording: { type: 'string' },
    scenario: { type: 'string' },
    schedule: { type: 'string' },
  },
});

if (values.recording !== undefined) await repeat(values.recording, Number(values.scenario), values.schedule ?? '');
else if (isMainThread) await main();
else await runPart(workerData as Part);

async function main(): Promise<void> {
  const [schedules, first, workers] = [Number(values.schedules), Number(values.seed), Number(values.workers)];
  const compiler = findProgram('cc');
  if (compiler === undefined) throw new Error('there is no C compiler on PATH');
  const folder = mkdtempSync(join(tmpdir(), 'lading-crash-'));
  const disk = diskFolder();
  const started = performance.now();
  const clean = (): void => {
    for (const path of [folder, disk]) rmSync(path, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      clean();
      process.exit(1);
    });
  }
  let [count, wrong] = [0, 0];
  const running: Worker[] = [];
  try {
    const library = await compileRecorder(compiler, folder);
    const ended = Array.from({ length: workers }, (_, rest) => {
      const part: Part = {
        rest,
        workers,
        scenarios: Number(values.scenarios),
        first,
        schedules,
        prefixes: values.prefixes,
        library,
        folder: disk,
      };
      const worker = new Worker(new URL(import.meta.url), { workerData: part });
      running.push(worker);
      worker.on('message', (report: Report) => {
        count += report.count;
        wrong += report.lines.length;
        for (const line of report.lines) console.log(line);
      });
      return new Promise<void>((resolve, reject) => {
        worker.once('error', reject).once('exit', () => resolve());
      });
    });
    const timer = setInterval(() => console.error(`${count} schedules, ${seconds(started)} s`), 10_000);
    await Promise.all(ended).finally(() => clearInterval(timer));
  } finally {
    await Promise.all(running.map((worker) => worker.terminate()));
    clean();
  }
  console.log(`${count} schedules from seed ${first} in ${seconds(started)} s: ${wrong} violations`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function repeat(file: string, number: number, schedule: string): Promise<void> {
  const recording = readRecording(scenarioOf(number), readFileSync(file));
  const folder = diskFolder();
  const { violations } = await runSchedules(recording, [JSON.parse(schedule) as Schedule], folder);
  rmSync(folder, { recursive: true });
  for (const violation of violations) console.log(describeViolation(recording, violation));
  process.exitCode = violations.length;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(0);
}

async function runPart(part: Part): Promise<void> {
  const { rest, workers, scenarios, library } = part;
  const folder = mkdtempSync(join(part.folder, 'worker-'));
  for (let number = rest; number < scenarios; number += workers) {
    if (!part.prefixes && seedsOf(number, part).next().done) continue;
    const recording = await record(scenarioOf(number), { library, folder });
    for (const portion of portions(schedulesOf(recording.operations, number, part))) {
      const { count, violations } = await runSchedules(recording, portion, folder);
      const lines = violations.map((violation) => describeViolation(recording, violation));
      parentPort?.postMessage({ count, lines } satisfies Report);
    }
  }
}

function* seedsOf(number: number, { first, schedules, scenarios }: Part): Generator<number, void, undefined> {
  for (let seed = first; seed < first + schedules; seed++) if (seed % scenarios === number) yield seed;
}

function* schedulesOf(
  operations: readonly Operation[],
  number: number,
  part: Part,
): Generator<Schedule, void, undefined> {
  if (part.prefixes) yield* everyPrefix(operations);
  for (const seed of seedsOf(number, part)) yield scheduleOf(operations, seed);
}

/** So that there is something to see while it runs. */
function* portions<T>(items: Iterable<T>): Generator<readonly T[], void, undefined> {
  let portion: T[] = [];
  for (const item of items) {
    portion.push(item);
    if (portion.length < 500) continue;
    yield portion;
    portion = [];
  }
  yield portion;
}
