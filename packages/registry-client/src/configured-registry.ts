import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { Repository } from '@lading/store';
import { loadCertificates } from './configuration/certificates.ts';
import { loadRegistries } from './configuration/load-registries.ts';
import { placeOf, type RegistriesConfiguration, type RegistryRule, ruleOf } from './configuration/registry-rule.ts';
import { loadCredentials } from './credentials/load-credentials.ts';
import { mirroredRepository, type Source } from './mirrored-repository.ts';
import { openRegistry, type Registry, type RegistryCall, type RegistryOptions } from './registry.ts';
import { canonicalRegistry, repositoryPath } from './registry-name.ts';

/** Credentials, TLS and plain HTTP that are given here are for this registry; its mirrors have what the machine has for them. */
export interface ConfiguredRegistryOptions extends RegistryOptions {
  /** What registries.conf says; read from this machine unless told. */
  readonly configuration?: RegistriesConfiguration | undefined;
}

/** A registry as this machine is set up to use it. Its `repository()` is the one to write to. */
export interface ConfiguredRegistry extends Registry {
  /**
   * The repository to read from: through its mirrors, and from where its location lies. It keeps the name that was asked for, and cannot be
   * written where it is not the repository itself. It remembers which mirrors fail, so one that lasts for one pull is best. Throws
   * REFERENCE_INVALID, REGISTRY_BLOCKED, CONFIGURATION_INVALID.
   */
  source(name: string): Repository;
}

/** A mirror is there to save time: who waits long for it has lost that already. */
const mirrorConnectMs = 5000;

/**
 * Opens a registry with the credentials, certificates and proxies of this machine, and with what its registries.conf says of mirrors,
 * locations, and registries that are insecure or blocked. Nothing is sent before the first call. Throws CONFIGURATION_INVALID; the
 * calls of a registry that is blocked throw REGISTRY_BLOCKED.
 */
export async function openConfiguredRegistry(options: ConfiguredRegistryOptions): Promise<ConfiguredRegistry> {
  return new RegistryOfMachine(options, options.configuration ?? (await loadRegistries(options)));
}

class RegistryOfMachine implements ConfiguredRegistry {
  readonly name: string;
  readonly #options: ConfiguredRegistryOptions;
  readonly #configuration: RegistriesConfiguration;
  readonly #opened = new Map<string, Registry>();

  constructor(options: ConfiguredRegistryOptions, configuration: RegistriesConfiguration) {
    this.name = canonicalRegistry(options.registry);
    this.#options = options;
    this.#configuration = configuration;
  }

  repository(path: string): Repository {
    return this.#itself(this.#ruleOf(this.#fullName(path))).repository(path);
  }

  source(path: string): Repository {
    const name = this.#fullName(path);
    const rule = this.#ruleOf(name);
    const itself = this.#itself(rule).repository(path);
    if (rule === undefined) return itself;
    const place = placeOf(name, rule.prefix, rule.location);
    const moved = `${place.registry}/${place.repository}` !== name;
    if (moved) this.#ruleOf(`${place.registry}/${place.repository}`);
    const last = moved ? this.#open(place.registry, rule.insecure).repository(place.repository) : itself;
    const mirrors = this.#mirrorsOf(name, rule);
    return moved || mirrors.length > 0 ? mirroredRepository(name, mirrors, last) : itself;
  }

  async *catalog(io?: Io): AsyncGenerator<string, void, undefined> {
    yield* this.#itself(this.#ruleOf(this.name)).catalog(io);
  }

  async ping(io?: Io): Promise<void> {
    await this.#itself(this.#ruleOf(this.name)).ping(io);
  }

  async call(request: RegistryCall): Promise<unknown> {
    return this.#itself(this.#ruleOf(this.name)).call(request);
  }

  async close(): Promise<void> {
    for (const registry of this.#opened.values()) await registry.close();
  }

  /** Mirrors that may be used; one that is blocked itself is left out. */
  #mirrorsOf(name: string, { prefix, mirrors }: RegistryRule): Source[] {
    return mirrors.flatMap(({ location, insecure, pulls }) => {
      const { registry, repository } = placeOf(name, prefix, location);
      if (ruleOf(this.#configuration, `${registry}/${repository}`)?.blocked) return [];
      const { timeouts, retries } = this.#options;
      const impatient = {
        timeouts: { connectMs: mirrorConnectMs, ...timeouts },
        retries: { ...retries, attempts: 1, maxRetryAfterMs: 0 },
      };
      return [{ pulls, repository: this.#open(registry, insecure, impatient).repository(repository) }];
    });
  }

  #itself(rule: RegistryRule | undefined): Registry {
    const { credentials, plainHttp, tls, insecure = rule?.insecure ?? false } = this.#options;
    return this.#kept(`itself ${insecure}`, () =>
      openRegistry({
        ...this.#machineOptions(this.name),
        insecure,
        ...(credentials === undefined ? {} : { credentials }),
        ...(plainHttp === undefined ? {} : { plainHttp }),
        ...(tls === undefined ? {} : { tls }),
      }),
    );
  }

  #open(registry: string, insecure: boolean, more: Partial<RegistryOptions> = {}): Registry {
    return this.#kept(`${registry} ${insecure} ${JSON.stringify(more)}`, () =>
      openRegistry({ ...this.#machineOptions(registry), insecure, ...more }),
    );
  }

  #kept(key: string, open: () => Registry): Registry {
    const registry = this.#opened.get(key) ?? open();
    this.#opened.set(key, registry);
    return registry;
  }

  /** What this machine has for a registry, and what the caller said about all of them. */
  #machineOptions(registry: string): RegistryOptions {
    const { env, root } = this.#options;
    const { credentialHelpers } = this.#configuration;
    return {
      ...this.#options,
      registry,
      credentials: (name, repository) => loadCredentials(name, { env, root, repository, credentialHelpers }),
      plainHttp: 'auto',
      tls: () => loadCertificates(canonicalRegistry(registry), { env, root }),
    };
  }

  #fullName(path: string): string {
    return `${this.name}/${repositoryPath(this.name, path)}`;
  }

  /** Throws REGISTRY_BLOCKED. */
  #ruleOf(name: string): RegistryRule | undefined {
    const rule = ruleOf(this.#configuration, name);
    if (!rule?.blocked) return rule;
    throw new LadingError('REGISTRY_BLOCKED', `Cannot use ${name}: the configuration of this machine forbids it`, {
      hint: `registries.conf blocks "${rule.prefix}".`,
      details: { name, prefix: rule.prefix },
    });
  }
}
