import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres, findS3Server, postgresReason, runPostgres, runS3Server, s3ServerReason } from '@lading/testkit';

/** What a registry keeps its data in. */
export type BackendName = 'sqlite-directory' | 'postgres-s3';
export const backendNames: readonly BackendName[] = ['sqlite-directory', 'postgres-s3'];

/** A running `lading serve`. */
export interface ServedRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly pid: number;
  /** What it wrote on stderr so far, its end at most: a line of JSON per request. */
  log(): string;
  stop(): Promise<void>;
}

export interface BackendOptions {
  /** Without, everybody may do everything. */
  readonly access?: object | undefined;
  /** Lines of `name:bcrypt-hash`, for `access` to name as `htpasswd`. */
  readonly htpasswd?: string | undefined;
  /** More of the section `server`. */
  readonly server?: object | undefined;
}

/** The published package where LADING_PROGRAM names it, else the checkout. */
export const lading: string = process.env.LADING_PROGRAM ?? join(import.meta.dirname, '../../bin/lading');

/** Starts `lading serve` over an empty backend; the caller stops it, which removes what it kept. A string says why that cannot be. */
export async function startBackend(name: BackendName, options: BackendOptions = {}): Promise<ServedRegistry | string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lading-registry-')));
  const releases: (() => Promise<void>)[] = [() => rm(root, { recursive: true, force: true })];
  const release = async (): Promise<void> => {
    for (const each of releases.splice(0).toReversed()) await each();
  };
  try {
    const place = name === 'sqlite-directory' ? {} : await startServices(root, releases);
    if (typeof place === 'string') {
      await release();
      return place;
    }
    const { access, htpasswd = '', server } = options;
    await writeFile(join(root, 'htpasswd'), htpasswd);
    const config = { server: { ...place, ...server }, ...(access === undefined ? {} : { access }) };
    // YAML reads JSON.
    await writeFile(join(root, 'registry.yaml'), JSON.stringify(config));
    const served = await startServe(['--root', join(root, 'registry'), '--config', join(root, 'registry.yaml')]);
    releases.push(served.stop);
    return { ...served, stop: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** A database and a bucket: where they are, in the words of the configuration. */
async function startServices(root: string, releases: (() => Promise<void>)[]): Promise<object | string> {
  const [postgres, s3] = [findPostgres(), findS3Server()];
  if (postgres === undefined) return postgresReason;
  if (s3 === undefined) return s3ServerReason;
  const database = await runPostgres(postgres);
  releases.push(database.stop);
  const store = await runS3Server(s3);
  releases.push(store.stop);
  await writeFile(join(root, 'secret'), store.secretAccessKey);
  return {
    database: await database.createDatabase(),
    storage: `s3://${store.bucket}/registry`,
    s3: {
      endpoint: store.endpoint,
      region: store.region,
      credentials: { 'access-key-id': store.accessKeyId, 'secret-access-key': { file: join(root, 'secret') } },
    },
  };
}

/** `lading serve` with these options, on a free loopback port. Throws with its output when it does not listen within 30 s. */
async function startServe(args: readonly string[]): Promise<ServedRegistry> {
  const child = spawn(lading, ['serve', '--listen', '127.0.0.1:0', '--log', 'json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, log] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk).slice(-4_000_000);
  });
  const stop = (): Promise<void> => end(child);
  const host = await new Promise<string>((resolve, reject) => {
    const failed = (why: string): void => reject(new Error(`lading serve ${why}: ${output}${log}`));
    const timer = setTimeout(() => failed('does not listen'), 30_000);
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      const found = /(127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once('error', reject);
    child.once('exit', (code) => failed(`ended with ${code}`));
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { host, pid: child.pid ?? 0, log: () => log, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
