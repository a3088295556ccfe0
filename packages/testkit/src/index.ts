export {
  type DockerRegistry,
  type DockerRegistryOptions,
  runDockerRegistry,
  startDockerRegistry,
} from './docker-registry.ts';
export { type RequestSeen, startHttpServer, type TestServer } from './http-server.ts';
export { mixedBytes } from './mixed-bytes.ts';
export { findPostgres, type PostgresServer, postgresReason, runPostgres, startPostgres } from './postgres.ts';
export { findProgram, type ProgramResult, runProgram } from './program.ts';
export { findS3Server, runS3Server, type S3Server, s3ServerReason } from './s3-server.ts';
export { smallDisk } from './small-disk.ts';
export { temporaryFolder } from './temporary-folder.ts';
export {
  startTokenServer,
  type TokenRequestSeen,
  type TokenServer,
  type TokenServerOptions,
} from './token-server.ts';
export { isLongRun, skipUnless, vector, vectorsFolder } from './vectors.ts';
export { type WatchedBytes, watchedBytes } from './watched-bytes.ts';
