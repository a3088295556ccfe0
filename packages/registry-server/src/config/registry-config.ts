import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LadingError } from '@lading/errors';
import { Type } from 'typebox';
import { type AccessConfig, accessSection } from '../access/access-config.ts';
import { type Webhook, webhooksSection } from '../events/webhook-config.ts';
import { type JobsConfig, jobsSection } from '../jobs/jobs-config.ts';
import { type OperationsConfig, operationsSection } from '../operations/operations-config.ts';
import { type PolicyConfig, policySection } from '../policy/policy-config.ts';
import { type ReplicationRule, replicationSection } from '../replication/replication-config.ts';
import { type ScanConfig, scanSection } from '../scan/scan-config.ts';
import { type UpstreamConfig, upstreamsSection } from '../upstream/upstream-config.ts';
import { checkSchema } from './check-schema.ts';
import { closed } from './config-section.ts';
import { parseConfigText } from './config-source.ts';
import { type ServerConfig, serverSection } from './server-config.ts';

/** Everything that registry.yaml says, parsed. One member per section; each domain has its own. */
export interface RegistryConfig {
  readonly server: ServerConfig;
  /** Absent: everybody may do everything. */
  readonly access?: AccessConfig | undefined;
  readonly operations: OperationsConfig;
  readonly webhooks: readonly Webhook[];
  readonly policies: PolicyConfig;
  readonly jobs: JobsConfig;
  readonly upstreams: readonly UpstreamConfig[];
  readonly replication: readonly ReplicationRule[];
  readonly scan: ScanConfig;
}

// A new section: its member above, and its row here.
const sections = {
  server: serverSection,
  access: accessSection,
  operations: operationsSection,
  webhooks: webhooksSection,
  policies: policySection,
  jobs: jobsSection,
  upstreams: upstreamsSection,
  replication: replicationSection,
  scan: scanSection,
};

/** The file's configuration. Throws FILE_NOT_FOUND, or CONFIGURATION_INVALID with file, line and column. */
export async function readRegistryConfig(path: string, env?: NodeJS.ProcessEnv): Promise<RegistryConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LadingError('FILE_NOT_FOUND', `Cannot read the configuration ${path}`, { cause });
  }
  return parseRegistryConfig(text, { name: path, folder: dirname(resolve(path)), env });
}

/** The configuration in a text; what it does not mention has its usual value. `name` is for messages. Throws CONFIGURATION_INVALID. */
export async function parseRegistryConfig(
  text: string,
  options: {
    readonly name?: string | undefined;
    readonly folder?: string | undefined;
    readonly env?: NodeJS.ProcessEnv | undefined;
  } = {},
): Promise<RegistryConfig> {
  const { name = 'registry.yaml', folder = '.', env } = options;
  const { value = {}, source } = parseConfigText(text, { name, folder, env });
  const top = closed(
    Object.fromEntries(Object.values(sections).map(({ key }) => [key, Type.Optional(Type.Unknown())])),
  );
  checkSchema(top, value, [], source);
  const members = Object.entries(sections).map(async ([member, section]) => {
    const own = (value as Readonly<Record<string, unknown>>)[section.key] ?? undefined; // a mapping: the check above
    if (own !== undefined) checkSchema(section.schema, own, [section.key], source);
    return [member, await section.parse(own, source)] as const;
  });
  return Object.fromEntries(await Promise.all(members)) as unknown as RegistryConfig; // one member per section, by construction
}
