import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { acceptsConnections, freePort } from './free-port.ts';
import { findProgram } from './program.ts';
import { skipUnless } from './vectors.ts';

export interface DockerRegistryOptions {
  /**
   * Who may use it; without, everybody. `htpasswd` holds lines of `name:bcrypt-hash`; `token` names the token server and
   * the PEM file of the certificate that signs its tokens.
   */
  readonly auth?:
    | { readonly htpasswd: string }
    | {
        readonly token: {
          readonly realm: string;
          readonly service: string;
          readonly issuer: string;
          readonly certificates: string;
        };
      };
  /** Serves HTTPS with these PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Logs errors only: a line per request is part of what a benchmark would measure. */
  readonly quiet?: boolean;
}

export interface DockerRegistry {
  /** `127.0.0.1:port`, as it stands at the start of a reference. */
  readonly host: string;
  /** `http://127.0.0.1:port`, or https with `tls`. */
  readonly url: string;
  readonly pid: number;
  /** Where it keeps its data. */
  readonly folder: string;
  /** Its log so far, for messages of failed tests. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts the `docker-registry` program (CNCF distribution) on a free loopback port with an empty folder, deletes allowed.
 * It is stopped, and the folder removed, when the test ends. Undefined after skipping the test because it is not installed.
 */
export async function startDockerRegistry(
  t: TestContext,
  options: DockerRegistryOptions = {},
): Promise<DockerRegistry | undefined> {
  const program = findProgram('docker-registry');
  if (!skipUnless(t, program !== undefined, 'the program docker-registry')) return undefined;
  const registry = await runDockerRegistry(program ?? 'docker-registry', options);
  t.after(() => registry.stop());
  return registry;
}

/** The same for benchmarks: the caller stops it. Throws when it does not start. */
export async function runDockerRegistry(program: string, options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lading-docker-registry-')));
  const configPath = join(folder, 'config.yml');
  await writeFile(join(folder, 'htpasswd'), options.auth && 'htpasswd' in options.auth ? options.auth.htpasswd : '');
  // A quiet one does not say where it listens, so it is told.
  const port = options.quiet === true ? await freePort() : 0;
  // YAML reads JSON.
  await writeFile(configPath, JSON.stringify(configuration(folder, port, options)));
  const child = spawn(program, ['serve', configPath], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const read = (chunk: Buffer): void => {
    // Keep the end only: a long benchmark logs a line per request.
    log = (log + chunk.toString()).slice(-100_000);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const host = await listening(child, port, () => log);
    const url = `${options.tls ? 'https' : 'http'}://${host}`;
    return { host, url, pid: child.pid ?? 0, folder, log: () => log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where it listens: as its log says, or on `port` once that takes connections. */
async function listening(child: ChildProcess, port: number, log: () => string): Promise<string> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  for (const end = Date.now() + 15_000; Date.now() < end; await delay(20)) {
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}: ${log()}`);
    const said = /listening on (127\.0\.0\.1:\d+)/.exec(log())?.[1];
    if (said !== undefined) return said;
    if (port > 0 && (await acceptsConnections(port))) return `127.0.0.1:${port}`;
  }
  throw new Error(`docker-registry did not listen within 15 s: ${log()}`);
}

function configuration(folder: string, port: number, { auth, tls, quiet }: DockerRegistryOptions): object {
  return {
    version: '0.1',
    log: { level: quiet === true ? 'error' : 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'for tests only',
      ...(tls ? { tls: { certificate: tls.certificate, key: tls.key } } : {}),
    },
    ...(auth === undefined
      ? {}
      : 'htpasswd' in auth
        ? { auth: { htpasswd: { realm: 'tests', path: join(folder, 'htpasswd') } } }
        : {
            auth: {
              token: {
                realm: auth.token.realm,
                service: auth.token.service,
                issuer: auth.token.issuer,
                rootcertbundle: auth.token.certificates,
              },
            },
          }),
  };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
