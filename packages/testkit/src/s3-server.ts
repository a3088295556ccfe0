import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { acceptsConnections, freePort } from './free-port.ts';
import { findProgram } from './program.ts';
import { guardServer } from './server-guard.ts';

export interface S3Server {
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  readonly region: string;
  /** Made at the start, empty. */
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Where the bucket's objects lie as files. */
  readonly folder: string;
  /** Kills the process, as a crash or a power failure would. */
  kill(): Promise<void>;
  /** Starts it again after `kill()`, at the same address and with the same objects. */
  start(): Promise<void>;
  /** Kills it and removes its folder. */
  stop(): Promise<void>;
}

export const s3ServerReason: string =
  'the S3 server versitygw (scripts/peers/install-versitygw.sh builds it, LADING_VERSITYGW names another one)';

/** versitygw: as LADING_VERSITYGW names it, or as `findProgram()` finds it. */
export function findS3Server(): string | undefined {
  return process.env.LADING_VERSITYGW ?? findProgram('versitygw');
}

/** Starts an S3 server; the caller stops it, at the latest when the process ends. Throws when it does not start. */
export async function runS3Server(program: string): Promise<S3Server> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lading-s3-')));
  const guard = guardServer(root, 'KILL');
  const [objects, bucket, region] = [join(root, 'objects'), 'lading', 'us-east-1'];
  const [accessKeyId, secretAccessKey] = ['tests', 'only-for-tests'];
  // To this server a folder is a bucket.
  await mkdir(join(objects, bucket), { recursive: true });
  const port = await freePort();
  const args = ['--quiet', '--keep-alive', '--region', region, '--port', `127.0.0.1:${port}`, 'posix', objects];
  const env = { ...process.env, ROOT_ACCESS_KEY_ID: accessKeyId, ROOT_SECRET_ACCESS_KEY: secretAccessKey };
  let child: ChildProcess | undefined;
  let log = '';

  const kill = async (): Promise<void> => {
    const dying = child;
    child = undefined;
    if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null || dying.pid === undefined) return;
    await new Promise<void>((resolve) => {
      dying.once('exit', () => resolve());
      dying.kill('SIGKILL');
    });
  };
  const start = async (): Promise<void> => {
    const started = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    guard.watch(started);
    let failure: Error | undefined;
    started.once('error', (error) => {
      failure = error;
    });
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-10_000);
      });
    }
    for (const end = Date.now() + 15_000; Date.now() < end; await delay(10)) {
      if (failure !== undefined) throw failure;
      if (started.exitCode !== null) throw new Error(`${program} ended with ${started.exitCode}: ${log}`);
      if (await acceptsConnections(port)) return;
    }
    throw new Error(`${program} did not listen within 15 s: ${log}`);
  };

  try {
    await start();
  } catch (error) {
    await guard.end();
    throw error;
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region,
    bucket,
    accessKeyId,
    secretAccessKey,
    get pid() {
      return child?.pid ?? 0;
    },
    folder: join(objects, bucket),
    kill,
    start,
    stop: guard.end,
  };
}
