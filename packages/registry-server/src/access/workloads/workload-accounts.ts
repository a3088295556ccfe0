import type { JWTPayload } from 'jose';
import type { AccountSource, GrantsTo } from '../account.ts';
import type { Grant } from '../identity.ts';
import { matchesText } from '../internal/wildcard.ts';
import type { Issuer } from './issuer.ts';

/** A CI's issuer, and what its tokens are good for. */
export interface Workloads {
  /** Distinguishes the workloads of this issuer from those of others: they are called `NAME/SUBJECT`. */
  readonly name: string;
  readonly issuer: string;
  readonly audience: string;
  readonly keys: Issuer;
  /** All that fit count together; a token that none fits is refused. */
  readonly rules: readonly WorkloadRule[];
}

export interface WorkloadRule {
  /** Every claim must have the value, in which `*` stands for any part; of a list one value must. A dot leads into an object. */
  readonly claims: Readonly<Record<string, string>>;
  readonly grants: readonly Grant[];
}

export interface WorkloadAccountsOptions {
  readonly workloads: readonly Workloads[];
  readonly grantsTo: GrantsTo;
  readonly now: () => Date;
  /** Told why a token was not accepted, for whoever sets this up. */
  readonly onFault?: ((workload: string, fault: string) => void) | undefined;
}

/** CI jobs by the identity tokens that their platform gives them, shown as password (any name) or Bearer to the token server. */
export function createWorkloadAccounts(options: WorkloadAccountsOptions): AccountSource {
  const { workloads, grantsTo, now, onFault } = options;
  const byIssuer = Map.groupBy(workloads, ({ issuer }) => issuer);
  return {
    async authenticate(_name, secret) {
      const issuer = issuerOf(secret);
      for (const workload of (issuer === undefined ? undefined : byIssuer.get(issuer)) ?? []) {
        const verified = await workload.keys.verify(secret, workload.audience, now());
        if ('fault' in verified) {
          onFault?.(workload.name, verified.fault);
          if (verified.transient) return 'busy';
          continue;
        }
        const { claims } = verified;
        const fitting = workload.rules.filter((rule) => fits(rule, claims));
        if (fitting.length === 0) {
          onFault?.(workload.name, `no rule fits ${claims.sub}`);
          continue;
        }
        const name = `${workload.name}/${claims.sub}`;
        const grants = [...fitting.flatMap((rule) => rule.grants), ...grantsTo({ kind: 'workload', name })];
        return { identity: { kind: 'workload', name, grants }, until: (claims.exp ?? 0) * 1000 };
      }
      return 'unknown';
    },
    // Tokens that were got with one carry what it was granted.
    recall: async () => undefined,
  };
}

/** Who claims to have issued a token: which keys to verify it with, nothing more. */
function issuerOf(token: string): string | undefined {
  if (token.length > 16_384) return undefined;
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
    const issuer = (claims as { readonly iss?: unknown } | null)?.iss;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}

function fits({ claims: wanted }: WorkloadRule, claims: JWTPayload): boolean {
  return Object.entries(wanted).every(([name, pattern]) => {
    const value = claimOf(claims, name);
    const values = Array.isArray(value) ? value : [value];
    return values.some(
      (each) => ['string', 'number', 'boolean'].includes(typeof each) && matchesText(pattern, String(each)),
    );
  });
}

/** A claim by its name, which may itself have dots, else by the path that the dots make. */
export function claimOf(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  return value;
}
