import { Type } from 'typebox';
import { type ConfigSection, closed, defineSection, durationText, parseDuration } from './config-section.ts';

/** How the registry is reached and where it lies. */
export interface ServerConfig {
  /** `host:port` */
  readonly listen?: string | undefined;
  /** A folder, or `s3://bucket/prefix`. */
  readonly storage?: string | undefined;
  /** `postgres://…`, or a path to a SQLite file. */
  readonly database?: string | undefined;
  readonly tls?: TlsConfig | undefined;
  /** Addresses and ranges of proxies whose `X-Forwarded-…` is believed. */
  readonly trustedProxies: readonly string[];
  /** How long requests may go on after it was told to stop. */
  readonly drainMs: number;
}

/** PEM files; they are read again when they change. */
export interface TlsConfig {
  readonly certificate: string;
  readonly key: string;
  /** Authorities of client certificates. */
  readonly clientAuthorities?: string | undefined;
  /** Whoever shows no certificate of these authorities is not let in. */
  readonly requireClientCertificate: boolean;
}

const schema = closed({
  listen: Type.Optional(Type.String({ title: 'a host and a port, such as 0.0.0.0:5000' })),
  storage: Type.Optional(Type.String({ title: 'a folder, or s3://bucket/prefix' })),
  database: Type.Optional(Type.String({ title: 'postgres://… or the path of a SQLite file' })),
  tls: Type.Optional(
    closed({
      certificate: Type.String(),
      key: Type.String(),
      'client-authorities': Type.Optional(Type.String()),
      'require-client-certificate': Type.Optional(Type.Boolean()),
    }),
  ),
  'trusted-proxies': Type.Optional(Type.Array(Type.String())),
  drain: Type.Optional(durationText),
});

export const serverSection: ConfigSection<ServerConfig> = defineSection('server', schema, (value = {}, source) => ({
  listen: value.listen,
  storage: value.storage,
  database: value.database,
  ...(value.tls === undefined
    ? {}
    : {
        tls: {
          certificate: source.file(value.tls.certificate),
          key: source.file(value.tls.key),
          clientAuthorities:
            value.tls['client-authorities'] === undefined ? undefined : source.file(value.tls['client-authorities']),
          requireClientCertificate: value.tls['require-client-certificate'] ?? false,
        },
      }),
  trustedProxies: value['trusted-proxies'] ?? [],
  drainMs: parseDuration(value.drain ?? '30s'),
}));
