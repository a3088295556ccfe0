export { type Challenge, parseChallenges } from './challenge.ts';
export type { AddressOptions } from './configuration/addresses.ts';
export { loadCertificates, readCertificates } from './configuration/certificates.ts';
export { loadRegistries } from './configuration/load-registries.ts';
export type { Machine } from './configuration/machine.ts';
export type { MirrorRule, RegistriesConfiguration, RegistryRule } from './configuration/registry-rule.ts';
export {
  type ConfiguredRegistry,
  type ConfiguredRegistryOptions,
  openConfiguredRegistry,
} from './configured-registry.ts';
export { anonymous, type Credentials, type CredentialsSource } from './credentials/credentials.ts';
export { type LoadCredentialsOptions, loadCredentials } from './credentials/load-credentials.ts';
export {
  eraseCredentials,
  type SaveCredentialsOptions,
  type SavedIn,
  saveCredentials,
} from './credentials/save-credentials.ts';
export type { RateLimit } from './rate-limit.ts';
export { openRegistry, type Registry, type RegistryCall, type RegistryOptions } from './registry.ts';
export type { RetryOptions } from './retry.ts';
export type { TlsOptions } from './tls.ts';
export type { Timeouts } from './transport.ts';
export { createUploadJournal, type UploadJournalOptions } from './upload/file-upload-journal.ts';
export type { UploadJournal, UploadKey, UploadRecord } from './upload/upload-journal.ts';
