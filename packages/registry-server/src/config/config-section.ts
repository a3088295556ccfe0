import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Secret } from '@lading/errors';
import {
  type Static,
  type TObject,
  type TProperties,
  type TRecord,
  type TSchema,
  type TString,
  type TUnion,
  Type,
} from 'typebox';
import type { ConfigPath, ConfigSource } from './config-source.ts';

/** One key at the top of registry.yaml: what may stand there, and what it means. It lies with its domain. */
export interface ConfigSection<T> {
  readonly key: string;
  readonly schema: TSchema;
  /** `value` follows the schema; `undefined` when the key is absent. Throws what `source.fail()` makes. */
  parse(value: unknown, source: ConfigSource): T | Promise<T>;
}

/** `parse` is only given what follows the schema. */
export function defineSection<S extends TSchema, T>(
  key: string,
  schema: S,
  parse: (value: Static<S> | undefined, source: ConfigSource) => T | Promise<T>,
): ConfigSection<T> {
  return { key, schema, parse: (value, source) => parse(value as Static<S> | undefined, source) };
}

/** A mapping in which any other key is an error. */
export function closed<P extends TProperties>(properties: P, options: { description?: string } = {}): TObject<P> {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

// `title` says in an error message what a value must be.

/** Read with `parseDuration()`. */
export const durationText: TString = Type.String({
  pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d|w)$',
  title: 'a duration such as 30s, 12h or 7d',
});

/** `HOST:PORT`, `[::1]:PORT`, and a port alone for loopback. */
export const addressText: TString = Type.String({
  pattern: '^(?:(?:\\[[0-9A-Fa-f:.]+\\]|[^:[\\]]*):)?\\d{1,5}$',
  title: 'a host and a port, such as 127.0.0.1:5000',
});

/** Read with `parseBytes()`. */
export const bytesText: TString = Type.String({
  pattern: '^\\d+(\\.\\d+)? ?([kKMGT]i?)?B?$',
  title: 'an amount of bytes such as 512MiB or 10GB',
});

/** Read with `source.secret()`. A secret never stands in the file itself. */
export const secretReference: TUnion<[TObject<{ file: TString }>, TObject<{ env: TString }>]> = Type.Union(
  [closed({ file: Type.String() }), closed({ env: Type.String() })],
  { title: 'a reference to a secret: {file: PATH} or {env: NAME}' },
);

/** Headers that the registry sends, by name. Read with `parseHeaders()`. */
export const headersMap: TRecord<
  '^.*$',
  TUnion<[TString, TObject<{ file: TString }>, TObject<{ env: TString }>]>
> = Type.Record(Type.String(), Type.Union([Type.String(), ...secretReference.anyOf]));

/** All of them secret, for most of those that somebody configures are. */
export async function parseHeaders(
  value: Readonly<Record<string, string | { file: string } | { env: string }>> = {},
  at: ConfigPath,
  source: ConfigSource,
): Promise<Readonly<Record<string, Secret>>> {
  const headers = Object.entries(value).map(async ([name, text]) => {
    const path = [...at, name];
    const secret = typeof text === 'string' ? new Secret(text) : await source.secret(text, path);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, secret.reveal());
    } catch {
      throw source.fail(path, 'it is not a header with a value that can be sent');
    }
    return [name, secret] as const;
  });
  return Object.fromEntries(await Promise.all(headers));
}

/** Milliseconds of a text that follows `durationText`. */
export function parseDuration(text: string): number {
  const [, amount = '', unit = ''] = /^([\d.]+)(ms|s|m|h|d|w)$/.exec(text) ?? [];
  return Number(amount) * (durations[unit] ?? Number.NaN);
}

const durations: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Bytes of a text that follows `bytesText`. */
export function parseBytes(text: string): number {
  const [, amount = '', unit = '', binary = ''] = /^([\d.]+) ?([kKMGT]?)(i?)B?$/.exec(text) ?? [];
  const power = ['', 'K', 'M', 'G', 'T'].indexOf(unit.toUpperCase());
  return Math.floor(Number(amount) * (binary === '' ? 1000 : 1024) ** power);
}
