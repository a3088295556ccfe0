import { LadingError } from '@lading/errors';
import { isRegistryName } from '@lading/oci';

/** What registries.conf says of the names under one prefix. containers-registries.conf(5) §namespaced registry settings. */
export interface RegistryRule {
  /** `host[:port][/path]`, or `*.example.org` for all hosts below. */
  readonly prefix: string;
  /** Where names under the prefix are read from; empty for where they say. */
  readonly location: string;
  /** Any certificate, and plain HTTP where there is no TLS. */
  readonly insecure: boolean;
  /** Nothing under the prefix may be used. */
  readonly blocked: boolean;
  /** Asked before the location, in this order. */
  readonly mirrors: readonly MirrorRule[];
}

export interface MirrorRule {
  readonly location: string;
  readonly insecure: boolean;
  /** What it may be asked for: a tag may mean something else there, a digest cannot. */
  readonly pulls: 'all' | 'digest-only' | 'tag-only';
}

/** What registries.conf says. */
export interface RegistriesConfiguration {
  readonly rules: readonly RegistryRule[];
  /** Where podman looks for credentials, in this order; empty for its files alone. */
  readonly credentialHelpers: readonly string[];
}

/** The rule of the longest prefix that a name, `registry/repository`, starts with; of two as long, the one without a `*`. */
export function ruleOf({ rules }: RegistriesConfiguration, name: string): RegistryRule | undefined {
  const rank = ({ prefix }: RegistryRule): number => prefix.length - (prefix.startsWith('*') ? 0.5 : 0);
  let best: RegistryRule | undefined;
  for (const rule of rules) {
    if (matched(rule.prefix, name) === undefined) continue;
    if (best === undefined || rank(rule) > rank(best)) best = rule;
  }
  return best;
}

/** Where a name lies at a location: what follows the prefix follows the location. Throws CONFIGURATION_INVALID. */
export function placeOf(
  name: string,
  prefix: string,
  location: string,
): { readonly registry: string; readonly repository: string } {
  const full = location === '' ? name : location + name.slice(matched(prefix, name) ?? 0);
  const slash = full.indexOf('/');
  const registry = slash < 0 ? full : full.slice(0, slash);
  if (!isRegistryName(registry)) {
    throw new LadingError(
      'CONFIGURATION_INVALID',
      `Cannot read ${name} from ${location}: it does not start with a host`,
      { hint: `Correct the location of "${prefix}" in registries.conf.`, details: { prefix, location } },
    );
  }
  return { registry, repository: slash < 0 ? '' : full.slice(slash + 1) };
}

/** How much of the name the prefix covers; undefined when the name does not lie under it. */
function matched(prefix: string, name: string): number | undefined {
  if (prefix.startsWith('*.')) {
    const host = name.split('/', 1)[0] ?? '';
    const bare = host.replace(/:\d+$/, '');
    return bare.endsWith(prefix.slice(1)) ? bare.length : undefined;
  }
  if (!name.startsWith(prefix)) return undefined;
  return name.length === prefix.length || name[prefix.length] === '/' ? prefix.length : undefined;
}
