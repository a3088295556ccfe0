import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, realpathSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { type KillableServer, runKillableServer } from './killable-server.ts';
import { findProgram, runProgram } from './program.ts';
import { skipUnless } from './vectors.ts';

export interface PostgresServer extends KillableServer {
  /** Of a new, empty database. */
  createDatabase(): Promise<string>;
}

export const postgresReason: string =
  'a PostgreSQL server (the package postgresql; LADING_POSTGRES names its folder of programs)';

/** The folder of PostgreSQL's programs: as LADING_POSTGRES names it, as `findProgram()` finds it, or where Debian puts it. */
export function findPostgres(): string | undefined {
  if (process.env.LADING_POSTGRES !== undefined) return process.env.LADING_POSTGRES;
  const onPath = findProgram('initdb');
  if (onPath !== undefined) return dirname(realpathSync(onPath));
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
    return versions[0] === undefined ? undefined : join('/usr/lib/postgresql', versions[0], 'bin');
  } catch {
    return undefined;
  }
}

let shared: Promise<PostgresServer> | undefined;

/** The URL of an empty database on a server that all tests of a file share. Undefined, and the test skipped, where there is no PostgreSQL. */
export async function startPostgres(t: TestContext): Promise<string | undefined> {
  const programs = findPostgres();
  if (!skipUnless(t, programs !== undefined, postgresReason) || programs === undefined) return undefined;
  shared ??= runPostgres(programs);
  return (await shared).createDatabase();
}

/** Starts a server on loopback. It sorts as people do, not by bytes, for whoever forgets to say how. Stopped by the caller, at the latest when the process ends. */
export async function runPostgres(programs: string): Promise<PostgresServer> {
  const root = await mkdtemp(join(tmpdir(), 'lading-postgres-'));
  const owner = unprivileged();
  if (owner !== undefined) await chown(root, owner.uid, owner.gid);
  await chmod(root, 0o700);
  const data = join(root, 'data');
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];
  const asOwner =
    owner === undefined ? [] : ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  const [initdb = '', ...rest] = [...asOwner, join(programs, 'initdb'), '-D', data, '-U', 'lading', '-A', 'trust'];
  const made = await runProgram(initdb, [...rest, '--no-sync', ...locale], { cwd: root });
  if (made.code !== 0) {
    await rm(root, { recursive: true, force: true });
    throw new Error(`initdb ended with ${made.code}: ${made.stderr}`);
  }
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: 100,
    shared_buffers: '32MB',
  };
  const server = await runKillableServer({
    program: join(programs, 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    port,
    folder: root,
    signal: 'QUIT',
    patienceMs: 30_000,
    endsEarly: true,
    ...owner,
  });
  const urlOf = (database: string): string => `postgres://lading@127.0.0.1:${port}/${database}`;
  return Object.assign(server, {
    async createDatabase() {
      const name = `d${randomUUID().replaceAll('-', '')}`;
      // It takes connections before it is ready for them.
      for (const until = Date.now() + 30_000; ; await delay(50)) {
        const created = await runProgram(join(programs, 'createdb'), ['--maintenance-db', urlOf('postgres'), name]);
        if (created.code === 0) break;
        if (!/starting up/.test(created.stderr) || Date.now() > until) {
          throw new Error(`createdb ended with ${created.code}: ${created.stderr}`);
        }
      }
      return urlOf(name);
    },
  });
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {}
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody');
}
