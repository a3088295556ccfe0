// Records `lading serve`: sessions of the server under the recorder, with clients whose notes of what they were promised stand in the same log.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crashState } from '../../crash/crash-state.ts';
import { replay } from '../../crash/file-system.ts';
import { createRandom } from '../../crash/random.ts';
import type { RecordOptions } from '../../crash/record.ts';
import { differences } from '../../crash/stored-folder.ts';
import { type Operation, parseTrace } from '../../crash/trace.ts';
import { type Client, type Holdings, lookAgain, repositories } from './client.ts';
import { openMarkLog } from './mark-log.ts';
import type { Kill, Scenario, ScenarioKind } from './scenario.ts';
import { type Step, steps } from './steps.ts';

export interface Recording {
  readonly scenario: Scenario;
  /** As recorder and clients wrote it. */
  readonly log: Buffer;
  readonly operations: readonly Operation[];
}

interface Place {
  readonly scenario: Scenario;
  readonly root: string;
  readonly log: string;
  readonly config: string;
  readonly clients: readonly Client[];
}

/** Jobs run when clients start them. */
const jobs = ['gc', 'retention', 'trash'].map((name) => `  ${name}: { schedule: false }\n`).join('');
const strict = 'policies:\n  lease: 1s\n  grace: 0s\n  rules:\n    - { repositories: ["**"], sparse: false }\n';

const configs: Readonly<Record<ScenarioKind, string>> = {
  plain: `jobs:\n${jobs}`,
  collected: `jobs:\n${jobs}${strict}  trash: 0s\n`,
  restored: `jobs:\n${jobs}${strict}  trash: 1h\n`,
};

const clientCount = 3;
const stepsEach = 14;

/**
 * Records all sessions of a scenario. Throws when the server ends by itself or answers 5xx, and when the model, given all operations, does
 * not hold exactly what the real folder holds.
 */
export async function record(scenario: Scenario, options: RecordOptions): Promise<Recording> {
  const folder = join(options.folder, `registry-${scenario.seed}`);
  const [root, log] = [join(folder, 'root'), join(folder, 'log')];
  await mkdir(root, { recursive: true });
  const config = join(folder, 'registry.yaml');
  await writeFile(config, configs[scenario.kind]);
  const marks = openMarkLog(log);
  const clients = Array.from({ length: clientCount }, (_, number): Client => {
    const seed = scenario.seed * 100 + number;
    return {
      number,
      random: createRandom(seed),
      marks,
      holdings: new Map(repositories.map((name): [string, Holdings] => [name, emptyHoldings()])),
      url: '',
      collected: scenario.kind !== 'plain',
      gone: true,
      nextSeed: 10_000 + seed * 1000,
      doubts: [],
    };
  });
  try {
    for (const kill of scenario.kills) {
      marks.session();
      await runSession(kill, { root, log, config, clients, scenario }, options);
    }
  } finally {
    marks.close();
  }
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

function emptyHoldings(): Holdings {
  return { blobs: [], manifests: [], tags: new Map(), removed: [] };
}

async function runSession(kill: Kill, place: Place, options: RecordOptions): Promise<void> {
  const { clients, scenario } = place;
  const server = startServer(kill, place, options);
  const ended = once(server, 'close');
  try {
    const url = await Promise.race([listening(server), ended.then(() => undefined)]);
    if (url !== undefined) {
      for (const client of clients) Object.assign(client, { url, gone: false });
      await Promise.all(clients.map((client) => runClient(client, steps[scenario.kind])));
    }
    if (kill === 'never' && clients.some(({ gone }) => gone)) throw new Error('the recorded server does not answer');
  } finally {
    // The last one ends well, for what it then writes is recorded, too.
    server.kill(kill === 'never' ? 'SIGTERM' : 'SIGKILL');
    await ended;
  }
  const { exitCode, signalCode } = server;
  if (exitCode !== 0 && !(signalCode === 'SIGKILL' && kill !== 'never')) {
    throw new Error(`the recorded server ended with ${exitCode ?? signalCode}`);
  }
}

async function runClient(client: Client, choice: readonly Step[]): Promise<void> {
  await lookAgain(client);
  for (let step = 0; step < stepsEach && !client.gone; step++) await client.random.pick(choice)(client);
}

const main = join(import.meta.dirname, '../../../packages/cli/src/main.ts');
const plantModule = join(import.meta.dirname, '../../crash/plant.ts');

function startServer(kill: Kill, { root, log, config }: Place, { library, fault }: RecordOptions): ChildProcess {
  const plant = fault === undefined ? [] : ['--import', plantModule];
  const serve = [
    'serve',
    '--root',
    join(root, 'registry'),
    '--listen',
    '127.0.0.1:0',
    '--log',
    'none',
    '--config',
    config,
  ];
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...plant, main, ...serve], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    env: {
      ...process.env,
      LADING_HOME: join(root, 'home'),
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
  });
}

async function listening(server: ChildProcess): Promise<string | undefined> {
  let text = '';
  for await (const chunk of server.stdout ?? []) {
    text += String(chunk);
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  return undefined;
}
