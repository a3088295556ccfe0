// The long mode of a test of crashes: schedules by the thousand, or every fault, shared out among workers; or one crash once more.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { findProgram } from '@lading/testkit';
import { nameOf } from './faults.ts';
import { findPlanted } from './find-planted.ts';
import { diskFolder } from './harness.ts';
import { compileRecorder, readRecording } from './recorder.ts';
import { everyPrefix, type Schedule, scheduleOf } from './schedule.ts';
import type { Sessions } from './sessions.ts';
import { crash, type Subject } from './subject.ts';
import type { Operation } from './trace.ts';

/** The part of one worker: the scenarios, or faults, whose number, divided by the workers, leaves this rest. */
interface Part {
  readonly rest: number;
  readonly workers: number;
  /** So many different traces; the schedule of seed n runs over trace n modulo this. */
  readonly scenarios: number;
  readonly first: number;
  readonly schedules: number;
  readonly prefixes: boolean;
  readonly faults: boolean;
  readonly library: string;
  readonly folder: string;
}

interface Report {
  readonly count: number;
  readonly wrong: number;
  readonly lines: readonly string[];
}

/** Runs what the command line says, from `module`, which calls this. Exit code 1 when anything is wrong. */
export async function runLongMode<S extends Sessions>(
  subject: Subject<S>,
  module: string,
  schedules: number,
): Promise<void> {
  if (!isMainThread) return runPart(subject, workerData as Part);
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: String(schedules) },
      seed: { type: 'string', default: '1' },
      scenarios: { type: 'string', default: String(subject.scenarioCount) },
      workers: { type: 'string', default: '2' },
      prefixes: { type: 'boolean', default: false },
      faults: { type: 'boolean', default: false },
      recording: { type: 'string' },
      scenario: { type: 'string' },
      schedule: { type: 'string' },
    },
  });
  const { recording, scenario, schedule = '', prefixes, faults } = values;
  if (recording !== undefined) return repeat(subject, recording, Number(scenario), schedule);
  await share(module, Number(values.workers), {
    scenarios: Number(values.scenarios),
    first: Number(values.seed),
    schedules: Number(values.schedules),
    prefixes,
    faults,
  });
}

async function share(
  module: string,
  workers: number,
  what: Omit<Part, 'rest' | 'workers' | 'library' | 'folder'>,
): Promise<void> {
  const compiler = findProgram('cc');
  if (compiler === undefined) throw new Error('there is no C compiler on PATH');
  const folder = diskFolder();
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      clean();
      process.exit(1);
    });
  }
  const unit = what.faults ? 'faults' : 'schedules';
  let [count, wrong] = [0, 0];
  const running: Worker[] = [];
  try {
    const library = await compileRecorder(compiler, folder);
    const ended = Array.from({ length: workers }, (_, rest) => {
      const worker = new Worker(new URL(module), {
        workerData: { ...what, rest, workers, library, folder } satisfies Part,
      });
      running.push(worker);
      worker.on('message', (report: Report) => {
        count += report.count;
        wrong += report.wrong;
        for (const line of report.lines) console.log(line);
      });
      return new Promise<void>((resolve, reject) => {
        worker.once('error', reject).once('exit', () => resolve());
      });
    });
    const timer = setInterval(() => console.error(`${count} ${unit}, ${seconds()}`), 10_000);
    await Promise.all(ended).finally(() => clearInterval(timer));
  } finally {
    await Promise.all(running.map((worker) => worker.terminate()));
    clean();
  }
  if (what.faults) console.log(`${count} faults planted in ${seconds()}: ${wrong} not found`);
  else console.log(`${count} schedules from seed ${what.first} in ${seconds()}: ${wrong} violations`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function repeat<S extends Sessions>(
  subject: Subject<S>,
  file: string,
  number: number,
  schedule: string,
): Promise<void> {
  const recording = readRecording(subject.scenarioOf(number), readFileSync(file));
  const folder = diskFolder();
  const { reports } = await crash(subject, recording, [JSON.parse(schedule) as Schedule], { folder });
  rmSync(folder, { recursive: true });
  for (const report of reports) console.log(report);
  process.exitCode = reports.length;
}

async function runPart<S extends Sessions>(subject: Subject<S>, part: Part): Promise<void> {
  const { rest, workers, scenarios, library } = part;
  const folder = mkdtempSync(join(part.folder, 'worker-'));
  const say = (report: Report): void => parentPort?.postMessage(report);
  if (part.faults) {
    for (const fault of subject.faults().filter((_, at) => at % workers === rest)) {
      const found = await findPlanted(subject, fault, { library, folder });
      say({ count: 1, wrong: found === undefined ? 1 : 0, lines: [found ?? `NOT FOUND: ${nameOf(fault)}`] });
    }
    return;
  }
  for (let number = rest; number < scenarios; number += workers) {
    if (!part.prefixes && seedsOf(number, part).next().done) continue;
    const recording = await subject.record(subject.scenarioOf(number), { library, folder });
    for (const portion of portions(schedulesOf(recording.operations, number, part))) {
      const { count, reports } = await crash(subject, recording, portion, { folder });
      say({ count, wrong: reports.length, lines: reports });
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
    if (portion.length < 200) continue;
    yield portion;
    portion = [];
  }
  yield portion;
}
