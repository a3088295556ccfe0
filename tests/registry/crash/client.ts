// A client of the recorded registry: it does in seeded steps what pushes do, and notes what it is promised. It goes on over the sessions of
// the server with what was acknowledged to it.
import { digestOf } from '@lading/oci';
import { mixedBytes } from '@lading/testkit';
import type { Random } from '../../crash/random.ts';
import type { MarkLog } from './mark-log.ts';
import type { Claim } from './promises.ts';

export const repositories = ['team/app', 'team/base'] as const;
/** Every client moves these; all other tags belong to one of them. */
export const sharedTags = ['latest', 'edge'] as const;

export const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

export interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly seed: number;
}

export interface Pushed {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly subject?: string | undefined;
  /** An index needs it. */
  held: boolean;
}

/** What one client knows to be in one repository. */
export interface Holdings {
  readonly blobs: Blob[];
  readonly manifests: Pushed[];
  /** Of its own: what they were last acknowledged to be. */
  readonly tags: Map<string, string>;
  /** Manifests that were removed, with their tags then. */
  readonly removed: { readonly manifest: Pushed; readonly tags: readonly string[] }[];
}

export interface Client {
  readonly number: number;
  readonly random: Random;
  readonly marks: MarkLog;
  readonly holdings: ReadonlyMap<string, Holdings>;
  /** Of the server that runs now. */
  url: string;
  /** Collections take what is not referred to. */
  readonly collected: boolean;
  /** It does not answer any more. */
  gone: boolean;
  nextSeed: number;
  /** Claims of requests that had no answer: looked at when a server is there again. */
  readonly doubts: Claim[];
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | ReadableStream | undefined;
}

/** Undefined when there was no answer. The body of the answer is read and dropped. */
export async function send(
  client: Client,
  method: string,
  path: string,
  { headers = {}, body }: Sending = {},
): Promise<Response | undefined> {
  if (client.gone) return undefined;
  try {
    const init = { method, headers, body: body ?? null, duplex: 'half', signal: AbortSignal.timeout(30_000) };
    const response = await fetch(new URL(path, client.url), init as RequestInit);
    await response.arrayBuffer();
    if (response.status >= 500) throw new Error(`${method} ${path} was answered with ${response.status}`);
    return response;
  } catch (error) {
    if (error instanceof Error && error.message.includes('was answered')) throw error;
    client.gone = true;
    return undefined;
  }
}

/** The same for a request that makes claims true where it succeeds. */
export async function promised(
  client: Client,
  claims: readonly Claim[],
  method: string,
  path: string,
  sending?: Sending,
): Promise<Response | undefined> {
  if (client.gone) return undefined;
  const response = await client.marks.promise(claims, () => send(client, method, path, sending));
  if (response === undefined) client.doubts.push(...claims);
  return response;
}

/** New content, small, for there are many crashes to check; now and then more than is kept in memory. */
export function newBlob(client: Client): Blob {
  const { random } = client;
  const size = random.chance(0.02) ? (1 << 20) + 70_000 : random.pick([0, 1, 511, 4096, 5000, 20_000]);
  // Some content is of several clients, and so comes from several at the same time.
  const seed = random.chance(0.3) ? 1 + random.below(4) : client.nextSeed++;
  return { digest: digestOf(mixedBytes(size, seed)), size, seed };
}

export function bytesOf({ size, seed }: Blob): Buffer {
  return mixedBytes(size, seed);
}

/** Looks after what a server that died may or may not have done: what is seen then is relied on, and so has to stay. */
export async function lookAgain(client: Client): Promise<void> {
  for (const { kind, repository, name } of client.doubts.splice(0)) {
    if (kind !== 'referrer') await look(client, kind, repository, name);
  }
}

/** What is seen is a promise. */
export async function look(
  client: Client,
  kind: Claim['kind'],
  repository: string,
  name: string,
): Promise<Claim['value'] | undefined> {
  const path = `/v2/${repository}/${kind === 'blob' ? 'blobs' : 'manifests'}/${name}`;
  const seen = ({ status, headers }: Response): Claim['value'] => {
    if (status === 404) return null;
    return kind === 'tag' ? headers.get('docker-content-digest') : Number(headers.get('content-length'));
  };
  let found: Claim['value'] | undefined;
  await client.marks.see(
    () => send(client, 'HEAD', path),
    (response) => {
      found = seen(response);
      return [{ kind, repository, name, value: found }];
    },
  );
  return found;
}
