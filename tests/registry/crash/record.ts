// Records `lading serve`: sessions of the server under the recorder, with clients whose notes of what they were promised stand in the same log.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../../crash/random.ts';
import {
  type RecordedPlace,
  type Recording,
  type RecordOptions,
  recorded,
  wholeRecording,
} from '../../crash/recorder.ts';
import type { Kill } from '../../crash/sessions.ts';
import { type Client, type Holdings, lookAgain, repositories } from './client.ts';
import { openMarkLog } from './mark-log.ts';
import type { Scenario, ScenarioKind } from './scenario.ts';
import { type Step, steps } from './steps.ts';

interface Place extends RecordedPlace {
  readonly scenario: Scenario;
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

/** Records all sessions of a scenario. Throws when the server ends by itself or answers 5xx, and when the recording is not whole. */
export async function record(scenario: Scenario, options: RecordOptions): Promise<Recording<Scenario>> {
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
  const recording = await wholeRecording(scenario, { root, log });
  await rm(folder, { recursive: true });
  return recording;
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

function startServer(kill: Kill, place: Place, options: RecordOptions): ChildProcess {
  const { args, env } = recorded(place, kill, options);
  const where = ['--root', join(place.root, 'registry'), '--listen', '127.0.0.1:0', '--config', place.config];
  return spawn(process.execPath, [...args, main, 'serve', ...where, '--log', 'none'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    env: { ...env, LADING_HOME: join(place.root, 'home') },
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
