// What `npm test` runs: every stage with a time budget, the test runner last so that its own summary ends the output.
// --only=house,lint,types chooses stages; anything else is handed to the test runner (files, --test-name-pattern=…).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

interface Stage {
  readonly name: string;
  readonly budgetSeconds: number;
  readonly command: readonly string[];
}

const root = join(import.meta.dirname, '..');
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');
const rest = process.argv.slice(2).filter((argument) => !argument.startsWith('--only='));
const files = rest.some((argument) => !argument.startsWith('-'))
  ? []
  : globSync(['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'tests/**/*.test.ts'], { cwd: root }).sort();

/** Tests of the command line run what users get, which also starts three times as fast. */
const published = join(root, '.cache/package');

const stages: readonly Stage[] = [
  { name: 'house', budgetSeconds: 20, command: ['node', 'scripts/house.ts'] },
  { name: 'lint', budgetSeconds: 30, command: ['biome', 'ci', '--error-on-warnings', '--colors=off', '.'] },
  { name: 'types', budgetSeconds: 90, command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'package', budgetSeconds: 30, command: ['node', 'scripts/build.ts', published] },
  {
    name: 'tests',
    budgetSeconds: 1200,
    command: [
      'node',
      '--disable-warning=ExperimentalWarning',
      '--test',
      '--test-timeout=300000',
      '--test-concurrency=2',
      ...rest,
      ...files,
    ],
  },
];

const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
  LADING_PROGRAM: join(published, 'bin/lading'),
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, '.cache/compile'),
};

for (const stage of stages) {
  if (only !== undefined && !only.includes(stage.name)) continue;
  const started = performance.now();
  const outcome = await run(stage);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const line = `${stage.name}: ${outcome} after ${seconds} s (budget ${stage.budgetSeconds} s)`;
  // After the tests nothing is printed on success: their own summary is the last word.
  if (outcome !== 'ok' || stage.name !== 'tests') console.error(line);
  if (outcome !== 'ok') process.exit(1);
}

async function run(stage: Stage): Promise<'ok' | 'failed' | 'out of time'> {
  const [file = '', ...args] = stage.command;
  // A group of its own, so that running out of time ends everything the stage started and nothing else.
  const child = spawn(file, args, {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const end = () => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, 'SIGKILL');
  process.once('SIGINT', end).once('SIGTERM', end);
  const timer = new AbortController();
  const late = delay(stage.budgetSeconds * 1000, 'out of time' as const, { signal: timer.signal }).catch(
    () => 'ok' as const,
  );
  const exit = once(child, 'exit').then(([code]) => (code === 0 ? ('ok' as const) : ('failed' as const)));
  const outcome = await Promise.race([exit, late]);
  timer.abort();
  if (outcome === 'out of time') end();
  process.removeListener('SIGINT', end).removeListener('SIGTERM', end);
  return outcome;
}
