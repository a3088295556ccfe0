import { mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type KillableServer, runKillableServer } from './killable-server.ts';
import { findProgram } from './program.ts';

export interface S3Server extends KillableServer {
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  readonly region: string;
  /** Made at the start, empty. */
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Where the bucket's objects lie as files. */
  readonly folder: string;
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
  const [objects, bucket, region] = [join(root, 'objects'), 'lading', 'us-east-1'];
  const [accessKeyId, secretAccessKey] = ['tests', 'only-for-tests'];
  // To this server a folder is a bucket.
  await mkdir(join(objects, bucket), { recursive: true });
  const port = await freePort();
  const server = await runKillableServer({
    program,
    args: ['--quiet', '--keep-alive', '--region', region, '--port', `127.0.0.1:${port}`, 'posix', objects],
    env: { ...process.env, ROOT_ACCESS_KEY_ID: accessKeyId, ROOT_SECRET_ACCESS_KEY: secretAccessKey },
    port,
    folder: root,
    signal: 'KILL',
    patienceMs: 15_000,
  });
  return Object.assign(server, {
    endpoint: `http://127.0.0.1:${port}`,
    region,
    bucket,
    accessKeyId,
    secretAccessKey,
    folder: join(objects, bucket),
  });
}
