export { parseRegistryConfig, type RegistryConfig, readRegistryConfig } from './config/registry-config.ts';
export type { S3Config, ServerConfig } from './config/server-config.ts';
export type { ExecuteJob, JobFigures, JobTask } from './jobs/job.ts';
export { runJob } from './jobs/run-job.ts';
export { type BackupOptions, type BackupReport, backUp } from './migration/backup.ts';
export {
  type ImportDistributionOptions,
  type ImportProblem,
  type ImportReport,
  importDistribution,
} from './migration/import-distribution.ts';
export { type MissingContent, missingContent, type RestoreOptions, restore } from './migration/restore.ts';
export {
  type OpenedRegistryServer,
  type OpenRegistryServerOptions,
  openRegistryServer,
} from './open-registry-server.ts';
export type { AccessEntry } from './operations/access-log.ts';
export { type PurgeStatement, type Receipt, verifyReceipt } from './policy/purge/receipt.ts';
export { createRegistryServer, type RegistryServer, type RegistryServerOptions } from './registry-server.ts';
export { openScanner } from './scan/open-scanner.ts';
export type { ScanEnd, Scanner, ScanTask } from './scan/scan-task.ts';
