import { Secret } from '@lading/errors';
import { Type } from 'typebox';
import type { TlsFiles } from '../operations/tls.ts';
import { trustedProxies } from '../operations/trusted-proxies.ts';
import {
  addressText,
  type ConfigSection,
  closed,
  defineSection,
  durationText,
  parseDuration,
  secretReference,
} from './config-section.ts';

/** Where the registry lies, and how it is reached. */
export interface ServerConfig {
  /** `host:port` */
  readonly listen?: string | undefined;
  /** What clients know it by, such as `https://registry.example.org`: for whom nothing else says it. */
  readonly url?: string | undefined;
  /** A folder, or `s3://bucket/prefix`. */
  readonly storage?: string | undefined;
  readonly s3: S3Config;
  /** `postgres://…`, or a path to a SQLite file. */
  readonly database?: Secret | undefined;
  /** Read again when they change. */
  readonly tls?: (TlsFiles & { readonly requireClientCertificate: boolean }) | undefined;
  /** Whether an address is that of a proxy whose `X-Forwarded-…` is believed. */
  readonly isTrustedProxy?: ((address: string) => boolean) | undefined;
  readonly absoluteLocations: boolean;
  /** Clients fetch blobs from the bucket themselves, at URLs that are signed for them. */
  readonly redirects: boolean;
  /** How long requests may go on after it was told to stop. */
  readonly drainMs: number;
  /** How long it accepts more after it was told to stop, for balancers to notice. */
  readonly drainDelayMs: number;
  /** A connection that moves no byte for so long is closed. */
  readonly idleMs: number;
}

/** How a bucket is reached; what is not said here, the environment and Amazon's own files say. */
export interface S3Config {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: Secret } | undefined;
}

const schema = closed({
  listen: Type.Optional(addressText),
  url: Type.Optional(
    Type.String({
      pattern: '^https?://[^/?#@]+$',
      title: 'a URL without a path, such as https://registry.example.org',
    }),
  ),
  storage: Type.Optional(Type.String({ title: 'a folder, or s3://bucket/prefix' })),
  s3: Type.Optional(
    closed({
      endpoint: Type.Optional(Type.String({ pattern: '^https?://', title: 'a URL' })),
      region: Type.Optional(Type.String()),
      credentials: Type.Optional(closed({ 'access-key-id': Type.String(), 'secret-access-key': secretReference })),
    }),
  ),
  database: Type.Optional(
    Type.Union([Type.String(), ...secretReference.anyOf], {
      title: 'postgres://…, the path of a SQLite file, or where one of those is found: {file: PATH} or {env: NAME}',
    }),
  ),
  tls: Type.Optional(
    closed({
      certificate: Type.String(),
      key: Type.String(),
      'client-authorities': Type.Optional(Type.String()),
      'require-client-certificate': Type.Optional(Type.Boolean()),
    }),
  ),
  'trusted-proxies': Type.Optional(Type.Array(Type.String())),
  locations: Type.Optional(Type.Union([Type.Literal('relative'), Type.Literal('absolute')])),
  redirects: Type.Optional(Type.Boolean()),
  drain: Type.Optional(durationText),
  'drain-delay': Type.Optional(durationText),
  idle: Type.Optional(durationText),
});

export const serverSection: ConfigSection<ServerConfig> = defineSection(
  'server',
  schema,
  async (value = {}, source) => {
    const { tls, s3 = {}, database, storage } = value;
    const listed = value['trusted-proxies'] ?? [];
    const proxies = trustedProxies(listed);
    if ('invalid' in proxies) {
      throw source.fail(
        ['server', 'trusted-proxies', listed.indexOf(proxies.invalid)],
        `"${proxies.invalid}" is neither an address nor a range such as 10.0.0.0/8`,
      );
    }
    if (tls?.['require-client-certificate'] === true && tls['client-authorities'] === undefined) {
      throw source.fail(
        ['server', 'tls'],
        'client-authorities is missing: without it, no client certificate can be required',
      );
    }
    const authorities = tls?.['client-authorities'];
    const credentials = s3.credentials;
    const databaseOf = async (): Promise<Secret | undefined> => {
      if (database === undefined) return undefined;
      if (typeof database !== 'string') return source.secret(database, ['server', 'database']);
      if (!isUrl(database)) return new Secret(source.file(database));
      if (/^postgres(?:ql)?:/.test(database)) return new Secret(database);
      throw source.fail(['server', 'database'], 'it must be postgres://… or the path of a SQLite file');
    };
    if (storage !== undefined && isUrl(storage) && !storage.startsWith('s3://')) {
      throw source.fail(['server', 'storage'], 'it must be a folder, or s3://bucket/prefix');
    }
    return {
      listen: value.listen,
      url: value.url,
      storage: storage === undefined || storage.startsWith('s3://') ? storage : source.file(storage),
      s3: {
        endpoint: s3.endpoint,
        region: s3.region,
        ...(credentials === undefined
          ? {}
          : {
              credentials: {
                accessKeyId: credentials['access-key-id'],
                secretAccessKey: await source.secret(credentials['secret-access-key'], ['server', 's3', 'credentials']),
              },
            }),
      },
      database: await databaseOf(),
      ...(tls === undefined
        ? {}
        : {
            tls: {
              certificate: source.file(tls.certificate),
              key: source.file(tls.key),
              clientAuthorities: authorities === undefined ? undefined : source.file(authorities),
              requireClientCertificate: tls['require-client-certificate'] ?? false,
            },
          }),
      ...(listed.length === 0 ? {} : { isTrustedProxy: proxies.isTrustedProxy }),
      absoluteLocations: value.locations === 'absolute',
      redirects: value.redirects ?? false,
      drainMs: parseDuration(value.drain ?? '30s'),
      drainDelayMs: parseDuration(value['drain-delay'] ?? '0s'),
      idleMs: parseDuration(value.idle ?? '120s'),
    };
  },
);

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}
