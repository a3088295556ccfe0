// Two replicas of the registry over one storage and one database, each a process of its own.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  findPostgres,
  findS3Server,
  type PostgresServer,
  runPostgres,
  runS3Server,
  type S3Server,
} from '@lading/testkit';
import { type ServedRegistry, serveRegistry } from '../serve-registry.ts';

/** `shared`: PostgreSQL and S3; `local`: SQLite and a folder, which processes of one machine may share. */
export type ClusterKind = 'shared' | 'local';

export interface Cluster {
  /** A replica that runs, or did a moment ago. */
  url(replica: number): string;
  /** Kills the replica and starts it again. */
  restart(replica: number): Promise<void>;
  /** Kills the database and starts it again, where it is a process. */
  restartDatabase(): Promise<void>;
  readonly size: number;
  /** Digests of all content that is stored. */
  stored(): Promise<readonly string[]>;
  /** What the replicas that run said on stderr. */
  log(): string;
  close(): Promise<void>;
}

export interface ClusterOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly kind: ClusterKind;
  readonly leaseMs: number;
}

/** Whether this machine can. */
export function canRun(kind: ClusterKind): boolean {
  return kind === 'local' || (findPostgres() !== undefined && findS3Server() !== undefined);
}

/** The caller closes it. */
export async function openCluster({ folder, kind, leaseMs }: ClusterOptions): Promise<Cluster> {
  const config = join(folder, 'registry.yaml');
  await writeFile(config, configOf(leaseMs));
  await using opening = new AsyncDisposableStack();
  let postgres: PostgresServer | undefined;
  let s3: S3Server | undefined;
  const args = ['--root', join(folder, 'registry'), '--config', config];
  const env: NodeJS.ProcessEnv = {};
  if (kind === 'shared') {
    const [started, storage] = await Promise.all([
      runPostgres(findPostgres() ?? ''),
      runS3Server(findS3Server() ?? ''),
    ]);
    opening.defer(() => started.stop());
    opening.defer(() => storage.stop());
    [postgres, s3] = [started, storage];
    args.push('--database', await started.createDatabase(), '--storage', `s3://${storage.bucket}`);
    Object.assign(env, {
      AWS_ENDPOINT_URL: storage.endpoint,
      AWS_REGION: storage.region,
      AWS_ACCESS_KEY_ID: storage.accessKeyId,
      AWS_SECRET_ACCESS_KEY: storage.secretAccessKey,
    });
    await writeFile(
      config,
      `${configOf(leaseMs)}server: { s3: { endpoint: '${storage.endpoint}', region: ${storage.region} } }\n`,
    );
  }
  const replicas: ServedRegistry[] = [];
  opening.defer(async () => void (await Promise.all(replicas.map((replica) => replica.stop('SIGTERM')))));
  // The first makes the tables.
  for (let at = 0; at < 2; at++) replicas.push(await serveRegistry(args, { env }));
  const held = opening.move();
  return {
    size: replicas.length,
    url: (at) => replicas[at]?.url ?? '',
    async restart(at) {
      const former = replicas[at];
      if (former === undefined) return;
      await former.stop('SIGKILL');
      await sleep(100);
      replicas[at] = await serveRegistry(args, { env, port: former.port });
    },
    async restartDatabase() {
      await postgres?.kill();
      await sleep(100);
      await postgres?.start();
    },
    async stored() {
      const blobs = s3 === undefined ? join(folder, 'registry/content/blobs') : join(s3.folder, 'blobs');
      const names = await readdir(join(blobs, 'sha256'));
      return names.map((name) => `sha256:${name}`);
    },
    log: () => replicas.map((replica) => replica.log()).join(''),
    close: () => held.disposeAsync(),
  };
}

/** What is not referred to goes as soon as its lease is over; collections run when the clients start them. */
function configOf(leaseMs: number): string {
  return `policies:
  trash: 0s
  grace: 0s
  lease: ${leaseMs / 1000}s
  rules:
    - { repositories: ['**'], sparse: false }
jobs:
  gc: { schedule: false }
  retention: { schedule: false }
  trash: { schedule: false }
`;
}
