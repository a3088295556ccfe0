// The long mode: `npm run crash:registry -- [--schedules 10000] [--seed 1] [--scenarios 16] [--workers 2]` runs the schedules of so many
// seeds and prints what it found; exit code 1 when anything is wrong. `--faults` plants every fault there is and looks for each.
// `--recording`, `--scenario` and `--schedule`, as a report gives them, repeat one crash.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { findProgram } from '@lading/testkit';
import { diskFolder, runCrashes } from '../../crash/harness.ts';
import { compileRecorder } from '../../crash/record.ts';
import { type Schedule, scheduleOf } from '../../crash/schedule.ts';
import { checkOf } from './check.ts';
import { describeRegistryCrash } from './describe.ts';
import { findPlanted, nameOf, registryFaults } from './planted.ts';
import { readRecording, record } from './record.ts';
import { scenarioCount, scenarioOf } from './scenario.ts';

/** The part of one worker: the scenarios whose number, divided by the workers, leaves this rest. */
interface Part {
  readonly rest: number;
  readonly workers: number;
  /** So many different traces; the schedule of seed n runs over trace n modulo this. */
  readonly scenarios: number;
  readonly first: number;
  readonly schedules: number;
  readonly faults: boolean;
  readonly library: string;
  readonly folder: string;
}

interface Report {
  readonly count: number;
  readonly wrong: number;
  readonly lines: readonly string[];
}

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    scenarios: { type: 'string', default: String(scenarioCount) },
    workers: { type: 'string', default: '2' },
    faults: { type: 'boolean', default: false },
    recording: { type: 'string' },
    scenario: { type: 'string' },
    schedule: { type: 'string' },
  },
});

if (values.recording !== undefined) await repeat(values.recording, Number(values.scenario), values.schedule ?? '');
else if (isMainThread) await main();
else await runPart(workerData as Part);

async function main(): Promise<void> {
  const compiler = findProgram('cc');
  if (compiler === undefined) throw new Error('there is no C compiler on PATH');
  const folder = diskFolder();
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  const [schedules, first, workers] = [Number(values.schedules), Number(values.seed), Number(values.workers)];
  const { faults } = values;
  let [count, wrong] = [0, 0];
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      clean();
      process.exit(1);
    });
  }
  try {
    const library = await compileRecorder(compiler, folder);
    const ended = Array.from({ length: workers }, (_, rest) => {
      const scenarios = Number(values.scenarios);
      const part: Part = { rest, workers, scenarios, first, schedules, faults, library, folder };
      const worker = new Worker(new URL(import.meta.url), { workerData: part });
      worker.on('message', (report: Report) => {
        count += report.count;
        wrong += report.wrong;
        for (const line of report.lines) console.log(line);
      });
      return new Promise<void>((resolve, reject) => {
        worker.once('error', reject).once('exit', () => resolve());
      });
    });
    const timer = setInterval(() => console.error(`${count} ${faults ? 'faults' : 'schedules'}, ${seconds()}`), 15_000);
    await Promise.all(ended).finally(() => clearInterval(timer));
  } finally {
    clean();
  }
  if (faults) console.log(`${count} faults planted in ${seconds()}: ${wrong} not found`);
  else console.log(`${count} schedules from seed ${first} in ${seconds()}: ${wrong} violations`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function runPart(part: Part): Promise<void> {
  const { rest, workers, scenarios, first, schedules, library } = part;
  const folder = mkdtempSync(join(part.folder, 'worker-'));
  const options = { library, folder };
  const say = (report: Report): void => parentPort?.postMessage(report);
  if (part.faults) {
    for (const fault of registryFaults().filter((_, at) => at % workers === rest)) {
      const found = await findPlanted(fault, options, scenarios);
      say({ count: 1, wrong: found === undefined ? 1 : 0, lines: [found ?? `NOT FOUND: ${nameOf(fault)}`] });
    }
    return;
  }
  for (let number = rest; number < scenarios; number += workers) {
    const seeds = Array.from({ length: schedules }, (_, at) => first + at).filter(
      (seed) => seed % scenarios === number,
    );
    if (seeds.length === 0) continue;
    const recording = await record(scenarioOf(number), options);
    for (let at = 0; at < seeds.length; at += 200) {
      const portion = seeds.slice(at, at + 200).map((seed) => scheduleOf(recording.operations, seed));
      const { count, violations } = await runCrashes(recording.operations, portion, {
        check: checkOf(recording.scenario),
        folder,
      });
      const lines = violations.map((violation) => describeRegistryCrash(recording, violation));
      say({ count, wrong: violations.length, lines });
    }
  }
}

async function repeat(file: string, number: number, schedule: string): Promise<void> {
  const recording = readRecording(scenarioOf(number), readFileSync(file));
  const folder = diskFolder();
  const run = { check: checkOf(recording.scenario), folder };
  const { violations } = await runCrashes(recording.operations, [JSON.parse(schedule) as Schedule], run);
  rmSync(folder, { recursive: true });
  for (const violation of violations) console.log(describeRegistryCrash(recording, violation));
  process.exitCode = violations.length;
}
