// Runs a scenario under the recorder and reads what it did.
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '@lading/testkit';
import { crashState } from './crash-state.ts';
import { replay } from './file-system.ts';
import { createRandom } from './random.ts';
import type { Kill, Scenario } from './scenario.ts';
import { differences } from './stored-folder.ts';
import { type Operation, parseTrace } from './trace.ts';

/** Compiles the recorder into a folder: the path of the library. */
export async function compileRecorder(compiler: string, folder: string): Promise<string> {
  const library = join(folder, 'recorder.so');
  const source = join(import.meta.dirname, 'recorder.c');
  const flags = ['-shared', '-fPIC', '-O2', '-U_FORTIFY_SOURCE', '-Wall', '-Wextra', '-Werror'];
  const { code, stderr } = await runProgram(compiler, [...flags, '-o', library, source, '-ldl', '-lpthread']);
  if (code !== 0) throw new Error(`the recorder does not compile: ${stderr}`);
  return library;
}

export interface RecordOptions {
  readonly library: string;
  /** Of the caller; folders of its own are made in it. */
  readonly folder: string;
  /** A fault to plant into the program, as plant.ts reads it. */
  readonly fault?: string | undefined;
}

export interface Recording {
  readonly scenario: Scenario;
  /** As the recorder wrote it. */
  readonly log: Buffer;
  readonly operations: readonly Operation[];
}

/**
 * Records all sessions of a scenario. Throws when a session fails by itself, and when the model, given all operations, does not hold
 * exactly what the real folder holds: then the recorder has missed something, and nothing that follows could be trusted.
 */
export async function record(scenario: Scenario, options: RecordOptions): Promise<Recording> {
  const folder = join(options.folder, `${scenario.kind}-${scenario.seed}`);
  const [root, log] = [join(folder, 'root'), join(folder, 'log')];
  await mkdir(root, { recursive: true });
  for (const kill of scenario.kills) await runSession(scenario, kill, root, log, options);
  const recording = readRecording(scenario, await readFile(log));
  const all = crashState(replay(recording.operations), { model: 'killed', mood: 'kept', random: createRandom(0) });
  const missed = differences(root, all);
  if (missed.length > 0) throw new Error(`the recording of ${folder} is not whole: ${missed.join('; ')}`);
  await rm(folder, { recursive: true });
  return recording;
}

export function readRecording(scenario: Scenario, log: Buffer): Recording {
  return { scenario, log, operations: parseTrace(log) };
}

async function runSession(
  { kind, seed }: Scenario,
  kill: Kill,
  root: string,
  log: string,
  { library, fault }: RecordOptions,
): Promise<void> {
  const plant = fault === undefined ? [] : ['--import', join(import.meta.dirname, 'plant.ts')];
  const program = join(import.meta.dirname, 'workload.ts');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...plant, program, kind, String(seed), root],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGTERM',
      env: {
        ...process.env,
        LD_PRELOAD: library,
        CRASH_ROOT: root,
        CRASH_LOG: log,
        ...(kill !== 'never' && 'after' in kill ? { CRASH_KILL_AT: String(kill.after) } : {}),
        ...(kill !== 'never' && 'beforeSync' in kill
          ? { CRASH_KILL_AT_SYNC: String(kill.beforeSync), CRASH_KILL_PATH: kill.of }
          : {}),
        CRASH_FAULT: fault,
        // One thread does the file operations, so that a scenario gives nearly the same trace each time. And none go past the C library.
        UV_THREADPOOL_SIZE: '1',
        UV_USE_IO_URING: '0',
      },
    },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject).once('close', (...ended) => resolve(ended));
  });
  if (code !== 0 && !(signal === 'SIGKILL' && kill !== 'never')) {
    throw new Error(`the recorded program ended with ${code ?? signal}: ${stderr}`);
  }
}
