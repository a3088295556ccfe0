// Records the stores: runs a scenario's program under the recorder.
import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RecordedPlace, type Recording, type RecordOptions, recorded, wholeRecording } from './recorder.ts';
import type { Scenario } from './scenario.ts';
import type { Kill } from './sessions.ts';

/** Records all sessions of a scenario. Throws when a session fails by itself, and when the recording is not whole. */
export async function record(scenario: Scenario, options: RecordOptions): Promise<Recording<Scenario>> {
  const folder = join(options.folder, `${scenario.kind}-${scenario.seed}`);
  const place: RecordedPlace = { root: join(folder, 'root'), log: join(folder, 'log') };
  await mkdir(place.root, { recursive: true });
  for (const kill of scenario.kills) await runSession(scenario, kill, place, options);
  const recording = await wholeRecording(scenario, place);
  await rm(folder, { recursive: true });
  return recording;
}

async function runSession(
  { kind, seed }: Scenario,
  kill: Kill,
  place: RecordedPlace,
  options: RecordOptions,
): Promise<void> {
  const { args, env } = recorded(place, kill, options);
  const program = join(import.meta.dirname, 'workload.ts');
  const child = spawn(process.execPath, [...args, program, kind, String(seed), place.root], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGTERM',
    // One thread does the file operations, so that a scenario gives nearly the same trace each time.
    env: { ...env, UV_THREADPOOL_SIZE: '1' },
  });
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
