// The recorder, and what it wrote of a program's sessions.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '@lading/testkit';
import { crashState } from './crash-state.ts';
import { replay } from './file-system.ts';
import { createRandom } from './random.ts';
import type { Kill, Sessions } from './sessions.ts';
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

export interface Recording<S extends Sessions = Sessions> {
  readonly scenario: S;
  /** As the recorder, and whoever notes something in the same log, wrote it. */
  readonly log: Buffer;
  readonly operations: readonly Operation[];
}

/** What is recorded, and where. */
export interface RecordedPlace {
  /** Everything below it is. */
  readonly root: string;
  readonly log: string;
}

/** How Node runs a module under the recorder. */
export function recorded(
  { root, log }: RecordedPlace,
  kill: Kill,
  { library, fault }: RecordOptions,
): { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv } {
  const plant = fault === undefined ? [] : ['--import', join(import.meta.dirname, 'plant.ts')];
  return {
    args: ['--disable-warning=ExperimentalWarning', ...plant],
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
      // None go past the C library.
      UV_USE_IO_URING: '0',
    },
  };
}

export function readRecording<S extends Sessions>(scenario: S, log: Buffer): Recording<S> {
  return { scenario, log, operations: parseTrace(log) };
}

/**
 * The recording of sessions that have ended. Throws when the model, given all operations, does not hold exactly what the real folder holds:
 * then the recorder has missed something, and nothing that follows could be trusted.
 */
export async function wholeRecording<S extends Sessions>(
  scenario: S,
  { root, log }: RecordedPlace,
): Promise<Recording<S>> {
  const recording = readRecording(scenario, await readFile(log));
  const all = crashState(replay(recording.operations), { model: 'killed', mood: 'kept', random: createRandom(0) });
  const missed = differences(root, all);
  if (missed.length > 0) throw new Error(`the recording of ${root} is not whole: ${missed.join('; ')}`);
  return recording;
}
