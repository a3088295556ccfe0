import type { Secret } from '@lading/errors';
import { type Static, Type } from 'typebox';
import {
  type ConfigSection,
  closed,
  defineSection,
  durationText,
  parseDuration,
  secretReference,
} from '../config/config-section.ts';
import type { ConfigPath, ConfigSource } from '../config/config-source.ts';
import { groupsOf, list, membersOf, subjects } from './configured-subjects.ts';
import { type GrantRule, roles } from './grants.ts';
import type { Grant } from './identity.ts';
import type { Rate } from './internal/token-bucket.ts';
import { patternFault } from './repository-pattern.ts';

/** Who may do what. Without the section everybody may do everything. */
export interface AccessConfig {
  /** The registry's name in tokens, which are good for no other; else its host. */
  readonly service?: string | undefined;
  readonly htpasswd?: string | undefined;
  /** Members of each group, as subjects. People's groups at their provider come on top. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly grants: readonly GrantRule[];
  readonly tokens: TokensConfig;
  readonly login?: LoginConfig | undefined;
  readonly workloads: readonly WorkloadConfig[];
  readonly certificates: readonly CertificateConfig[];
  /** Of groups, the members are listed. */
  readonly limits: readonly LimitConfig[];
}

export interface TokensConfig {
  readonly lifetimeMs: number;
  readonly refreshMs: number;
  readonly rotationMs: number;
  /** PEM files of Ed25519 keys, the first of which signs; else keys lie in the database. */
  readonly keys: readonly string[];
}

export interface LoginConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client. */
  readonly clientSecret?: Secret | undefined;
  readonly scopes: readonly string[];
  /** The claims that name the person, and the groups. */
  readonly nameClaim: string;
  readonly groupsClaim: string;
  /** How long a personal token holds. */
  readonly tokenMs: number;
}

export interface WorkloadConfig {
  readonly name: string;
  readonly issuer: string;
  readonly keysUrl?: string | undefined;
  /** Else the registry's name. */
  readonly audience?: string | undefined;
  readonly rules: readonly { readonly claims: Readonly<Record<string, string>>; readonly grants: readonly Grant[] }[];
}

export interface CertificateConfig {
  readonly subject: readonly string[];
  readonly san: readonly string[];
  readonly name: 'cn' | 'san';
  readonly grants: readonly Grant[];
}

export interface LimitConfig {
  readonly to: readonly string[];
  readonly requests?: Rate | undefined;
  readonly pulls?: Rate | undefined;
}

const oneOrMany = Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
  title: 'a text or a list of texts',
});
const granted = {
  repositories: oneOrMany,
  role: Type.Optional(Type.Union(['reader', 'writer', 'maintainer', 'admin'].map((role) => Type.Literal(role)))),
  actions: Type.Optional(
    Type.Array(Type.Union(['pull', 'push', 'delete', 'admin'].map((action) => Type.Literal(action)))),
  ),
};
const grant = closed(granted);
const rateText = Type.String({
  pattern: '^[1-9]\\d{0,8}/(\\d+(\\.\\d+)?)?(s|m|h|d)$',
  title: 'a number for a time, such as 50/s or 200/6h',
});
// Names end up in headers, between quotes.
const serviceText = Type.String({ pattern: '^[A-Za-z0-9._:-]{1,128}$', title: 'a name such as registry.example.org' });
const urlText = Type.String({ pattern: '^https?://', title: 'a URL' });

const schema = closed({
  service: Type.Optional(serviceText),
  htpasswd: Type.Optional(Type.String()),
  groups: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
  grants: Type.Optional(Type.Array(closed({ to: oneOrMany, ...granted }))),
  tokens: Type.Optional(
    closed({
      lifetime: Type.Optional(durationText),
      refresh: Type.Optional(durationText),
      rotation: Type.Optional(durationText),
      keys: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    }),
  ),
  login: Type.Optional(
    closed({
      issuer: urlText,
      'client-id': Type.String(),
      'client-secret': Type.Optional(secretReference),
      scopes: Type.Optional(Type.Array(Type.String())),
      'name-claim': Type.Optional(Type.String()),
      'groups-claim': Type.Optional(Type.String()),
      'token-lifetime': Type.Optional(durationText),
    }),
  ),
  workloads: Type.Optional(
    Type.Array(
      closed({
        name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$', title: 'a short name such as ci' }),
        issuer: urlText,
        keys: Type.Optional(urlText),
        audience: Type.Optional(Type.String({ minLength: 1 })),
        rules: Type.Array(closed({ claims: Type.Record(Type.String(), Type.String()), ...granted })),
      }),
    ),
  ),
  certificates: Type.Optional(
    Type.Array(
      closed({
        subject: Type.Optional(oneOrMany),
        san: Type.Optional(oneOrMany),
        name: Type.Optional(Type.Union([Type.Literal('cn'), Type.Literal('san')])),
        grants: Type.Optional(Type.Array(grant)),
      }),
    ),
  ),
  limits: Type.Optional(
    Type.Array(closed({ to: oneOrMany, requests: Type.Optional(rateText), pulls: Type.Optional(rateText) })),
  ),
});

export const accessSection: ConfigSection<AccessConfig | undefined> = defineSection(
  'access',
  schema,
  async (value, source) => {
    if (value === undefined) return undefined;
    const groups = groupsOf(value.groups ?? {}, source);
    return {
      service: value.service,
      htpasswd: value.htpasswd === undefined ? undefined : source.file(value.htpasswd),
      groups,
      grants: (value.grants ?? []).map((rule, i) => {
        const path = ['access', 'grants', i];
        const { repositories, actions } = grantOf(rule, path, source);
        const to = subjects(rule.to, [...path, 'to'], source);
        // A provider has groups of its own, which nobody knows here.
        if (value.login === undefined) for (const text of to) membersOf(text, groups, [...path, 'to'], source);
        return { to, repositories, actions };
      }),
      tokens: tokensOf(value.tokens ?? {}, source),
      login: value.login === undefined ? undefined : await loginOf(value.login, source),
      workloads: (value.workloads ?? []).map((workload, i) => workloadOf(workload, ['access', 'workloads', i], source)),
      certificates: (value.certificates ?? []).map((rule, i) =>
        certificateOf(rule, ['access', 'certificates', i], source),
      ),
      limits: (value.limits ?? []).map((rule, i) => {
        const path = ['access', 'limits', i, 'to'];
        const to = subjects(rule.to, path, source).flatMap((text) => membersOf(text, groups, path, source));
        return { to, requests: rateOf(rule.requests), pulls: rateOf(rule.pulls) };
      }),
    };
  },
);

type Value = Static<typeof schema>;
type Granted = Static<typeof grant>;

function tokensOf(value: NonNullable<Value['tokens']>, source: ConfigSource): TokensConfig {
  const lifetimeMs = parseDuration(value.lifetime ?? '1h');
  const refreshMs = parseDuration(value.refresh ?? '90d');
  if (lifetimeMs < 60_000) {
    // Docker's clients take a token for one minute at least, whatever they are told.
    throw source.fail(['access', 'tokens', 'lifetime'], 'it must be a minute or more');
  }
  const keys = (value.keys ?? []).map((path) => source.file(path));
  return { lifetimeMs, refreshMs, rotationMs: parseDuration(value.rotation ?? '30d'), keys };
}

async function loginOf(value: NonNullable<Value['login']>, source: ConfigSource): Promise<LoginConfig> {
  const path = ['access', 'login'];
  const secret = value['client-secret'];
  return {
    issuer: issuerOf(value.issuer, [...path, 'issuer'], source),
    clientId: value['client-id'],
    clientSecret: secret === undefined ? undefined : await source.secret(secret, [...path, 'client-secret']),
    scopes: value.scopes ?? ['openid', 'profile', 'email'],
    nameClaim: value['name-claim'] ?? 'email',
    groupsClaim: value['groups-claim'] ?? 'groups',
    tokenMs: parseDuration(value['token-lifetime'] ?? '30d'),
  };
}

function workloadOf(
  value: NonNullable<Value['workloads']>[number],
  path: ConfigPath,
  source: ConfigSource,
): WorkloadConfig {
  return {
    name: value.name,
    issuer: issuerOf(value.issuer, [...path, 'issuer'], source),
    keysUrl: value.keys === undefined ? undefined : issuerOf(value.keys, [...path, 'keys'], source),
    audience: value.audience,
    rules: value.rules.map((rule, i) => {
      const at = [...path, 'rules', i];
      if (Object.keys(rule.claims).length === 0) {
        throw source.fail([...at, 'claims'], 'it would let in every token of the issuer', {
          hint: 'Name at least one claim, such as repository: "org/*".',
        });
      }
      return { claims: rule.claims, grants: grantsOf([rule], at, source) };
    }),
  };
}

function certificateOf(
  value: NonNullable<Value['certificates']>[number],
  path: ConfigPath,
  source: ConfigSource,
): CertificateConfig {
  const [subject, san] = [list(value.subject ?? []), list(value.san ?? [])];
  if (subject.length === 0 && san.length === 0) throw source.fail(path, 'it needs a subject or a san');
  const name = value.name ?? (san.length > 0 ? 'san' : 'cn');
  if (name === 'san' && san.length === 0) throw source.fail([...path, 'name'], 'there is no san to name it by');
  const grants = (value.grants ?? []).flatMap((each, i) => grantsOf([each], [...path, 'grants', i], source));
  return { subject, san, name, grants };
}

function grantsOf(values: readonly Granted[], path: ConfigPath, source: ConfigSource): readonly Grant[] {
  return values.flatMap((value) => {
    const { repositories, actions } = grantOf(value, path, source);
    return repositories.map((pattern): Grant => ({ repositories: pattern, actions }));
  });
}

function grantOf(value: Granted, path: ConfigPath, source: ConfigSource): Pick<GrantRule, 'repositories' | 'actions'> {
  const repositories = list(value.repositories);
  for (const pattern of repositories) {
    const fault = patternFault(pattern);
    if (fault !== undefined)
      throw source.fail([...path, 'repositories'], `the pattern ${JSON.stringify(pattern)} ${fault}`);
  }
  const actions = value.role === undefined ? value.actions : roles[value.role];
  if (actions === undefined || (value.role !== undefined && value.actions !== undefined)) {
    throw source.fail(path, 'it needs either a role or actions');
  }
  return { repositories, actions: actions as GrantRule['actions'] };
}

/** Whoever can change what an issuer says can be anybody: only on this machine it may come in plain text. */
function issuerOf(text: string, path: ConfigPath, source: ConfigSource): string {
  const url = URL.parse(text);
  const local = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !local)) throw source.fail(path, 'it must be an https URL');
  return text;
}

function rateOf(text: string | undefined): Rate | undefined {
  if (text === undefined) return undefined;
  const [count = '', time = ''] = text.split('/');
  return { count: Number(count), perMs: parseDuration(/^\d/.test(time) ? time : `1${time}`) };
}
