import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lading, type ServedRegistry } from '../registry/backend.ts';
import type { Account, Bench, Client, SampleImage } from './client.ts';
import { viewRegistry } from './registry-view.ts';

/** A place for a client of its own in `root`. */
export async function benchFor(
  client: Client,
  program: string,
  shared: {
    readonly root: string;
    readonly served: ServedRegistry;
    readonly account: Account;
    readonly image: SampleImage;
  },
): Promise<Bench> {
  const { root, served, account, image } = shared;
  const folder = join(root, client.name);
  await mkdir(join(folder, 'docker'), { recursive: true });
  const path = (name = ''): string => `clients/${client.name}${name === '' ? '' : `/${name}`}`;
  const repository = (name?: string): string => `${served.host}/${path(name)}`;
  const base = { ...process.env, HOME: folder, DOCKER_CONFIG: join(folder, 'docker'), NO_PROXY: '127.0.0.1' };
  const bench: Bench = {
    host: served.host,
    account,
    folder,
    image,
    registry: viewRegistry(served, account),
    path,
    repository,
    run: (...args) => bench.input('', ...args),
    input: (text, ...args) => run(program, args, { cwd: folder, env: { ...base, ...client.env?.(bench) } }, text),
    async seed(name) {
      const env = { ...base, LADING_HOME: join(folder, 'lading') };
      const { name: user, password } = account;
      await run(lading, ['login', served.host, '--username', user, '--password-stdin'], { cwd: folder, env }, password);
      await run(lading, ['copy', `oci:${image.layout}:v1`, `${repository(name)}:v1`], { cwd: folder, env });
    },
  };
  return bench;
}

/** Its stdout; a program that fails, or takes longer than two minutes, is an error with what it wrote. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: 120_000, killSignal: 'SIGKILL', maxBuffer: 16 << 20 } as const;
    const child = execFile(program, args, { ...options, ...limits }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')}: ${error.code ?? error.signal}\n${stderr}${stdout}`));
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
