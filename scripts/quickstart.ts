// `npm run quickstart`: the main job from end to end on real input, told step by step. Everything lies in one folder.
// What the machine lacks is said precisely, and the rest is done. --folder=DIR chooses the folder.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatBytes } from '@lading/cli';
import { inspectMachine } from '@lading/runtime';
import { askUntilAnswered, freePort } from './quickstart/http.ts';
import { type Finished, Lading, shortPath } from './quickstart/lading.ts';
import { Narrator } from './quickstart/narrator.ts';

const root = resolve(import.meta.dirname, '..');
const chosen = process.argv.find((argument) => argument.startsWith('--folder='))?.slice('--folder='.length);
const folder = resolve(chosen ?? join(root, 'quickstart'));
const example = join(folder, 'greeting');
const elsewhere = join(folder, 'elsewhere');

const started = performance.now();
const tell = new Narrator();
const lading = new Lading(join(root, 'bin/lading'), { LADING_HOME: join(folder, 'home') });
process.once('SIGINT', () => lading.stopAll()).once('SIGTERM', () => lading.stopAll());

try {
  await main();
} catch (error) {
  tell.failed(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await lading.stopAll();
}

async function main(): Promise<void> {
  tell.title('Lading: from packages to a running container');
  tell.line(`Everything lies in ${folder}; delete it to start over.`);
  mkdirSync(folder, { recursive: true });
  // A copy, so that the lock file of the recipe is written here and not into the checkout.
  cpSync(join(root, 'examples/greeting'), example, { recursive: true });
  const machine = await inspectMachine({ folder });
  const canRun = machine.mapping !== undefined && machine.overlay && machine.engines.length > 0;
  // Without subordinate ids there is no user but root in a container.
  const onlyRoot = machine.mapping === 'single';
  for (const { what, why, remedy } of machine.problems) tell.lacking(`${what}: ${why}. ${remedy}`);

  const base = await buildBase();
  const app = base !== undefined && canRun ? await buildApplication() : await buildWithoutRunning();
  const registry = await startRegistry();
  const name = `${registry}/quickstart/${app.name}`;
  const pushed = await push(app.name, name);
  await pullElsewhere(pushed);
  if (app.runs) await runAndAsk(pushed, onlyRoot);
  else tell.lacking('The container is not run: the image has no program, for the reason above.');
  await summarize(pushed);
}

async function buildBase(): Promise<Finished | undefined> {
  tell.step('Build a base image from Debian packages: no Docker, no registry, no root');
  const args = ['build', '-f', join(example, 'image.yaml'), '-t', 'base:bookworm', example];
  const built = await lading.run(args, tell);
  if (built.code === 0) {
    tell.done(`base:bookworm is ${built.stdout}`, built);
    return built;
  }
  if (built.code !== 6 && built.code !== 7) throw new Error('The base image could not be built; the reason is above.');
  tell.lacking('There is no base image: the package mirror gave no packages, for the reason above.');
  return undefined;
}

async function buildApplication(): Promise<{ name: string; runs: boolean }> {
  tell.step('Build an application on top of it, in two stages whose steps run in containers');
  const built = await lading.run(['build', '-t', 'greeting', example], tell);
  if (built.code !== 0) throw new Error('The application could not be built; the reason is above.');
  tell.done(`greeting is ${built.stdout}`, built);
  return { name: 'greeting', runs: true };
}

/** What can be done without a base or without running steps: an image of files. */
async function buildWithoutRunning(): Promise<{ name: string; runs: boolean }> {
  tell.step('Build an image of files alone');
  const file = join(folder, 'Dockerfile.files');
  writeFileSync(file, 'FROM scratch\nCOPY app/ /srv/\n');
  const built = await lading.run(['build', '-f', file, '-t', 'files', example], tell);
  if (built.code !== 0) throw new Error('The image could not be built; the reason is above.');
  tell.done(`files is ${built.stdout}`, built);
  return { name: 'files', runs: false };
}

async function startRegistry(): Promise<string> {
  tell.step('Start a registry');
  const { line, ms } = await lading.start(
    ['serve', '--listen', '127.0.0.1:0', '--root', join(folder, 'registry'), '--log', 'none'],
    tell,
  );
  const host = /http:\/\/([^\s/]+)/.exec(line)?.[1];
  if (host === undefined) throw new Error(`The registry did not say where it listens, but: ${line}`);
  tell.done(`it listens on ${host}`, { ms });
  return host;
}

async function push(local: string, remote: string): Promise<string> {
  tell.step('Push the image');
  const pushed = await lading.run(['push', local, remote], tell);
  if (pushed.code !== 0) throw new Error('The push failed; the reason is above.');
  tell.done(pushed.stdout, pushed);
  return pushed.stdout;
}

async function pullElsewhere(reference: string): Promise<void> {
  tell.step('Pull it by digest into an empty store, as another machine would');
  await lading.removeFolder(elsewhere);
  const pulled = await lading.run(['pull', reference], tell, { LADING_HOME: elsewhere });
  if (pulled.code !== 0) throw new Error('The pull failed; the reason is above.');
  if (!pulled.stdout.endsWith(reference.slice(reference.indexOf('@'))))
    throw new Error(`Pulled ${pulled.stdout}, not ${reference}`);
  tell.done('every byte was verified against its digest', pulled);
}

async function runAndAsk(reference: string, onlyRoot: boolean): Promise<void> {
  tell.step('Run it and ask its HTTP endpoint over loopback');
  const port = await freePort();
  const args = ['run', '--env', `PORT=${port}`, ...(onlyRoot ? ['--user', '0'] : []), reference];
  const container = await lading.start(args, tell, { LADING_HOME: elsewhere });
  const answer = await askUntilAnswered(`http://127.0.0.1:${port}/`);
  tell.done(`GET / answers ${answer.trim()}`, container);
  const { code, ms } = await container.stop();
  tell.done(`SIGTERM reaches the program in the container, which exits with ${code}`, { ms });
}

async function summarize(reference: string): Promise<void> {
  const inspected = await lading.run(['inspect', '--json', reference], undefined, { LADING_HOME: elsewhere });
  const { image } = JSON.parse(inspected.stdout) as { image: { layers: { digest: string; size: number }[] } };
  tell.title('What there is now');
  tell.table([
    ['image', reference.slice(reference.indexOf('@') + 1)],
    ...image.layers.map(
      ({ digest, size }, index) => [`layer ${index + 1}`, `${digest}  ${formatBytes(size)}`] as const,
    ),
    ['all in', `${((performance.now() - started) / 1000).toFixed(1)} s`],
  ]);
  const home = shortPath(join(folder, 'home'));
  tell.line(`Look around:  LADING_HOME=${home} bin/lading ls`);
  tell.line(
    `              LADING_HOME=${home} bin/lading history ${existsSync(join(folder, 'Dockerfile.files')) ? 'files' : 'greeting'}`,
  );
  rmSync(join(folder, 'Dockerfile.files'), { force: true });
}
