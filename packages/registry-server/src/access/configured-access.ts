import { type Actor, type Catalog, createPersonalTokens, createRobots, createTokenKeyTable } from '@lading/catalog';
import { Secret } from '@lading/errors';
import { type Access, openAccess } from './access.ts';
import type { AccessConfig } from './access-config.ts';
import type { AccountSource } from './account.ts';
import { createPersonalAccounts } from './accounts/personal-accounts.ts';
import { createRobotAccounts } from './accounts/robot-accounts.ts';
import { createAccess } from './create-access.ts';
import { createGrants } from './grants.ts';
import { createLogin } from './login/login.ts';
import { createProvider } from './login/provider.ts';
import { createSealer } from './login/sealed.ts';
import type { OriginOptions } from './origin.ts';
import { openHtpasswd } from './passwords/htpasswd.ts';
import { createPasswordWorkers } from './passwords/password-workers.ts';
import { createSecurityEvents } from './security-events.ts';
import { compileSubjects } from './subject.ts';
import { createTokens } from './tokens/token.ts';
import { createSharedKeys, readKeyFiles, type TokenKeyStore } from './tokens/token-keys.ts';
import { createIssuer } from './workloads/issuer.ts';
import { createWorkloadAccounts } from './workloads/workload-accounts.ts';

export interface AccessParts {
  readonly catalog: Catalog;
  readonly origin: OriginOptions;
  /** Told of what goes wrong without a request failing: a htpasswd file that cannot be read any more, an issuer that is down. */
  readonly onProblem?: ((problem: Error) => void) | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface ConfiguredAccess {
  /** Stays the same over all reloads. */
  readonly access: Access;
  /** Whether everybody may do everything. */
  isOpen(): boolean;
  /** From the next request on, another configuration. Rejects, with all as it was, when it cannot be used. */
  reload(config: AccessConfig | undefined, origin: OriginOptions): Promise<void>;
  /** Writes what is left to be reported. */
  close(): Promise<void>;
}

/** Uploads that began before their token ended may go on for so long. */
const graceMs = 12 * 3_600_000;
const reporter: Actor = { name: 'registry' };

/** The access control that the configuration describes, over the accounts of the catalog. Throws CONFIGURATION_INVALID. */
export async function openConfiguredAccess(
  config: AccessConfig | undefined,
  parts: AccessParts,
): Promise<ConfiguredAccess> {
  let current = await open(config, parts);
  return {
    access: {
      identify: (request) => current.access.identify(request),
      may: (identity, action, repository) => current.access.may(identity, action, repository),
      refuse: (identity, need, request) => current.access.refuse(identity, need, request),
      handle: async (path, request) => current.access.handle?.(path, request),
    },
    isOpen: () => current.access === openAccess,
    async reload(next, origin) {
      const before = current;
      current = await open(next, { ...parts, origin });
      await before.close();
    },
    close: () => current.close(),
  };
}

async function open(
  config: AccessConfig | undefined,
  parts: AccessParts,
): Promise<{ readonly access: Access; close(): Promise<void> }> {
  if (config === undefined) return { access: openAccess, close: async () => {} };
  const { catalog, origin, onProblem, now = () => new Date() } = parts;
  const service = config.service ?? (origin.url === undefined ? 'lading' : new URL(origin.url).host);
  const settings = config.tokens;
  const grantsTo = createGrants(config.grants, config.groups);
  const workers = createPasswordWorkers();
  const events = createSecurityEvents({
    onProblem,
    report: (gathered) =>
      catalog.ledger.write(reporter, (page) => page.enter({ kind: 'access.reported', events: gathered })),
  });
  const keys =
    settings.keys.length > 0
      ? await readKeyFiles(settings.keys)
      : createSharedKeys({
          store: catalogKeys(catalog),
          rotationMs: settings.rotationMs,
          overlapMs: Math.max(settings.refreshMs, settings.lifetimeMs + graceMs),
          now,
        });
  const { lifetimeMs: accessMs, refreshMs } = settings;
  const tokens = createTokens({ keys, service, accessMs, refreshMs, graceMs, now });
  const personalTokens = createPersonalTokens(catalog);

  // The cheap ones first: each says at once when a credential is not of its kind.
  const sources: AccountSource[] = [
    createRobotAccounts({ robots: createRobots(catalog), grantsTo, now }),
    createPersonalAccounts({ tokens: personalTokens, grantsTo, now }),
  ];
  if (config.workloads.length > 0) {
    const workloads = config.workloads.map(({ keysUrl, audience = service, ...workload }) => ({
      ...workload,
      audience,
      keys: createIssuer({ issuer: workload.issuer, keysUrl }),
    }));
    const onFault = (workload: string, fault: string): void =>
      onProblem?.(new Error(`A token for the workloads "${workload}" was not accepted: ${fault}`));
    sources.push(createWorkloadAccounts({ workloads, grantsTo, now, onFault }));
  }
  if (config.htpasswd !== undefined) {
    sources.push(await openHtpasswd({ path: config.htpasswd, workers, grantsTo, onProblem }));
  }
  const { login } = config;
  const pages =
    login === undefined
      ? undefined
      : createLogin({
          ...origin,
          provider: createProvider(login),
          sealer: createSealer(keys, now),
          tokens: personalTokens,
          tokenMs: login.tokenMs,
          now,
          onProblem,
        });
  const access = createAccess({
    ...origin,
    service,
    tokens,
    sources,
    grantsTo,
    certificates: config.certificates.map((rule) => ({ ...rule, grantsTo })),
    limits: config.limits.map(({ to, ...rates }) => ({ to: compileSubjects(to), ...rates })),
    events,
    pages,
    now,
  });
  return {
    access,
    async close() {
      await events.close();
      await workers.close();
    },
  };
}

function catalogKeys(catalog: Catalog): TokenKeyStore {
  const table = createTokenKeyTable(catalog);
  return {
    async keys({ since, dueSince, fresh }) {
      const rows = await table.keys(since, dueSince, () => {
        const { id, privateKey, createdAt } = fresh();
        return { id, privateKey: privateKey.reveal(), createdAt };
      });
      return rows.map(({ id, privateKey, createdAt }) => ({ id, privateKey: new Secret(privateKey), createdAt }));
    },
  };
}
