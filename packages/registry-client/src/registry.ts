import { arch, platform } from 'node:os';
import type { Io } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';
import { isRepositoryName } from '@lading/oci';
import type { Repository } from '@lading/store';
import { Authenticator } from './authenticator.ts';
import type { AddressOptions } from './configuration/addresses.ts';
import type { Machine } from './configuration/machine.ts';
import { Connection } from './connection.ts';
import type { Credentials, CredentialsSource } from './credentials/credentials.ts';
import { loadCredentials } from './credentials/load-credentials.ts';
import { jsonOf, namesOf, pages } from './paging.ts';
import type { RateLimit } from './rate-limit.ts';
import { canonicalRegistry, hostOf, repositoryPath } from './registry-name.ts';
import { RemoteContent } from './remote-content.ts';
import { RemoteManifests } from './remote-manifests.ts';
import { RemoteReferences } from './remote-references.ts';
import { RemoteReferrers } from './remote-referrers.ts';
import { type RetryOptions, retryPolicy } from './retry.ts';
import { catalogScope } from './scope.ts';
import type { TlsOptions } from './tls.ts';
import { type Timeouts, Transport } from './transport.ts';
import type { UploadJournal } from './upload/upload-journal.ts';

export interface RegistryOptions extends Machine {
  /** Host with an optional port, as a Reference has it: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** What opens it; without, what docker and podman have stored on this machine (`loadCredentials()`), looked up when asked for. */
  readonly credentials?: Credentials | CredentialsSource | undefined;
  /** `'auto'` unless told: plain HTTP to this machine where the registry speaks that, HTTPS to all others. */
  readonly plainHttp?: boolean | 'auto' | undefined;
  /** Takes any certificate, and plain HTTP where there is no TLS: whoever stands in between can read and change what no digest covers. */
  readonly insecure?: boolean | undefined;
  /** Looked up before the first connection where it is a function. */
  readonly tls?: TlsOptions | (() => Promise<TlsOptions>) | undefined;
  readonly userAgent?: string | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly retries?: RetryOptions | undefined;
  /** Remembers uploads for a later process to go on with (`createUploadJournal()`); without, they end with this one. */
  readonly uploads?: UploadJournal | undefined;
  /** Told of what the registry says of its rate limits, with each answer that says it; must not throw. */
  readonly onRateLimit?: ((limit: RateLimit) => void) | undefined;
  /** Which addresses may be connected to: all unless told. */
  readonly addresses?: AddressOptions | undefined;
}

/** A registry, reached over the distribution protocol. Nothing is sent before the first call. */
export interface Registry {
  /** The name that references have: `docker.io`. */
  readonly name: string;
  /** `library/` is put before single names of Docker Hub. Throws REFERENCE_INVALID. */
  repository(name: string): Repository;
  /** All repositories, where the registry tells: many do not (REGISTRY_UNSUPPORTED, REGISTRY_DENIED, REGISTRY_UNAUTHORIZED). */
  catalog(io?: Io): AsyncIterable<string>;
  /** Resolves when the registry is there and takes the credentials. Throws REGISTRY_UNREACHABLE, REGISTRY_UNAUTHORIZED, … */
  ping(io?: Io): Promise<void>;
  /** Asks what lies beyond the protocol, such as a management API: JSON there and back; undefined for an answer without content. Throws as everything else does. */
  call(request: RegistryCall): Promise<unknown>;
  /** Closes all connections; streams that are still read break off. */
  close(): Promise<void>;
}

export interface RegistryCall extends Io {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query: `/api/v1/repositories?limit=10`. */
  readonly path: string;
  /** In the infinitive, for messages: `list repositories`. */
  readonly action: string;
  readonly body?: unknown;
}

/** The longest answer to a `call()`. */
const mostCallBytes = 64 << 20;

const defaultUserAgent = `lading/0.1 (${platform()}; ${arch()})`;

export function openRegistry(options: RegistryOptions): Registry {
  const name = canonicalRegistry(options.registry);
  const retries = retryPolicy(options.retries);
  const { tls, insecure = false } = options;
  const transport = new Transport({
    host: hostOf(name),
    timeouts: options.timeouts,
    tls: insecure ? async () => ({ ...(typeof tls === 'function' ? await tls() : tls), verify: false }) : tls,
    userAgent: options.userAgent ?? defaultUserAgent,
    machine: options,
    addresses: options.addresses,
  });
  const authenticator = new Authenticator({ registry: name, credentials: sourceOf(options), transport, retries });
  const plainHttp = options.plainHttp ?? 'auto';
  const connection = new Connection({
    registry: name,
    plainHttp,
    insecure,
    transport,
    authenticator,
    retries,
    onRateLimit: options.onRateLimit,
  });
  const repositories = new Map<string, Repository>();

  return {
    name,

    repository(path) {
      const full = repositoryPath(name, path);
      if (!isRepositoryName(full)) {
        throw new LadingError(
          'REFERENCE_INVALID',
          `Cannot open repository "${path.slice(0, 300)}" of ${name}: it is not a name`,
          {
            hint: 'A repository is lower-case parts between slashes, without registry, tag and digest: team/app.',
          },
        );
      }
      let repository = repositories.get(full);
      if (repository === undefined) {
        repository = openRepository(connection, full, options.uploads);
        repositories.set(full, repository);
      }
      return repository;
    },

    async *catalog({ signal } = {}) {
      throwIfAborted(signal);
      const call = {
        path: '/v2/_catalog?n=1000',
        action: 'list repositories',
        scopes: [catalogScope],
        expect: [200],
        signal,
      };
      for await (const page of pages(connection, call)) {
        yield* namesOf(jsonOf(connection, 'list repositories', page.body).repositories);
      }
    },

    async ping({ signal } = {}) {
      throwIfAborted(signal);
      await connection.head({
        method: 'GET',
        path: '/v2/',
        action: 'reach the registry',
        scopes: [],
        expect: [200],
        signal,
      });
    },

    async call({ method, path, action, body, signal }) {
      throwIfAborted(signal);
      const answer = await connection.fetch({
        method,
        path,
        action,
        scopes: [],
        expect: [200, 201, 202, 204],
        headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
        signal,
        maxBytes: mostCallBytes,
      });
      return answer.body.length === 0 ? undefined : jsonOf(connection, action, answer.body);
    },

    close: () => transport.close(),
  };
}

function openRepository(connection: Connection, repository: string, uploads: UploadJournal | undefined): Repository {
  const manifests = new RemoteManifests(connection, repository);
  const referrers = new RemoteReferrers(connection, repository, manifests);
  manifests.watch(referrers);
  return {
    name: `${connection.registry}/${repository}`,
    content: new RemoteContent({ connection, repository, manifests, uploads }),
    references: new RemoteReferences({ connection, repository, manifests, referrers }),
  };
}

function sourceOf({ credentials, env, root }: RegistryOptions): CredentialsSource {
  if (typeof credentials === 'function') return credentials;
  if (credentials !== undefined) return () => credentials;
  return (registry, repository) => loadCredentials(registry, { repository, env, root });
}
