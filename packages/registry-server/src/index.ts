export { parseRegistryConfig, type RegistryConfig, readRegistryConfig } from './config/registry-config.ts';
export type { S3Config, ServerConfig } from './config/server-config.ts';
export type { ExecuteJob, JobFigures, JobTask } from './jobs/job.ts';
export { runJob } from './jobs/run-job.ts';
export {
  type OpenedRegistryServer,
  type OpenRegistryServerOptions,
  openRegistryServer,
} from './open-registry-server.ts';
export type { AccessEntry } from './operations/access-log.ts';
export { type PurgeStatement, type Receipt, verifyReceipt } from './policy/purge/receipt.ts';
export { createRegistryServer, type RegistryServer, type RegistryServerOptions } from './registry-server.ts';
