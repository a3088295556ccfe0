import type { Credentials } from '@lading/registry-client';
import { type Static, type TObject, type TOptional, type TString, Type } from 'typebox';
import { closed, secretReference } from '../config/config-section.ts';
import type { ConfigPath, ConfigSource } from '../config/config-source.ts';

/** Another registry, as this one is to reach it: with what its own configuration says, whatever the machine has stored. */
export interface RemoteRegistry {
  /** `host[:port]`, as a reference has it. */
  readonly registry: string;
  /** Put before names of repositories there; empty or with a slash at its end. */
  readonly path: string;
  /** Undefined: plain HTTP to this machine only. */
  readonly plainHttp?: boolean | undefined;
  readonly credentials?: Credentials | undefined;
  /** A file of PEM certificates to trust besides the system's. */
  readonly authorities?: string | undefined;
}

const place = /^(?:(https?):\/\/)?((?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?)((?:\/[a-z0-9][a-z0-9._-]*)*)\/?$/;

/** The keys of it in a configuration. */
export const remoteProperties: {
  url: TString;
  credentials: TOptional<TObject<{ username: TString; password: typeof secretReference }>>;
  authorities: TOptional<TString>;
} = {
  url: Type.String({ pattern: place.source, title: 'a registry such as https://registry.example.org or docker.io' }),
  credentials: Type.Optional(closed({ username: Type.String({ minLength: 1 }), password: secretReference })),
  authorities: Type.Optional(Type.String()),
};

/** Throws CONFIGURATION_INVALID for a secret that is not there. */
export async function parseRemote(
  value: Static<TObject<typeof remoteProperties>>,
  source: ConfigSource,
  at: ConfigPath,
): Promise<RemoteRegistry> {
  const [, scheme, registry = '', path = ''] = place.exec(value.url) ?? [];
  return {
    registry,
    path: path === '' ? '' : `${path.slice(1)}/`,
    plainHttp: scheme === undefined ? undefined : scheme === 'http',
    authorities: value.authorities === undefined ? undefined : source.file(value.authorities),
    ...(value.credentials === undefined
      ? {}
      : {
          credentials: {
            username: value.credentials.username,
            password: await source.secret(value.credentials.password, [...at, 'credentials', 'password']),
          },
        }),
  };
}
