import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
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
}

export interface DockerRegistry {
  /** `127.0.0.1:port`, as it stands at the start of a reference. */
  readonly host: string;
  /** `http://127.0.0.1:port`, or https with `tls`. */
  readonly url: string;
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
  // YAML reads JSON.
  await writeFile(configPath, JSON.stringify(configuration(folder, options)));
  const child = spawn(program, ['serve', configPath], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const host = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`docker-registry did not listen within 15 s: ${log}`)), 15_000);
      const read = (chunk: Buffer) => {
        // Keep the end only: a long benchmark logs a line per request.
        log = (log + chunk.toString()).slice(-100_000);
        const match = /listening on (127\.0\.0\.1:\d+)/.exec(log);
        if (match?.[1] === undefined) return;
        clearTimeout(timer);
        resolve(match[1]);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`docker-registry ended with ${code}: ${log}`)));
    });
    return { host, url: `${options.tls ? 'https' : 'http'}://${host}`, folder, log: () => log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configuration(folder: string, { auth, tls }: DockerRegistryOptions): object {
  return {
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: {
      addr: '127.0.0.1:0',
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
