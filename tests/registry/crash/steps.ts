// The steps of a client. Each is whole requests, as clients send them; what one leaves is what the next one finds.
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '@lading/oci';
import {
  type Blob,
  bytesOf,
  type Client,
  type Holdings,
  look,
  newBlob,
  type Pushed,
  promised,
  repositories,
  send,
  sharedTags,
  types,
} from './client.ts';
import type { Claim } from './promises.ts';
import type { ScenarioKind } from './scenario.ts';

export type Step = (client: Client) => Promise<void>;

function place(client: Client): { readonly repository: string; readonly held: Holdings } {
  const repository = client.random.pick(repositories);
  return { repository, held: client.holdings.get(repository)! };
}

function blobClaim(repository: string, { digest, size }: Blob): Claim {
  return { kind: 'blob', repository, name: digest, value: size };
}

/** Monolithic in one or two requests, in chunks, or as a stream of unknown length. */
async function pushBlob(client: Client, repository: string, held: Holdings): Promise<Blob | undefined> {
  const blob = newBlob(client);
  const bytes = bytesOf(blob);
  const claims = [blobClaim(repository, blob)];
  const uploads = `/v2/${repository}/blobs/uploads/`;
  const query = `digest=${encodeURIComponent(blob.digest)}`;
  const way = client.random.below(4);
  let created: Response | undefined;
  if (way === 0) created = await promised(client, claims, 'POST', `${uploads}?${query}`, { body: bytes });
  else {
    let location = (await send(client, 'POST', uploads))?.headers.get('location');
    let sent = 0;
    if (way >= 2) {
      const end = client.random.below(bytes.length + 1);
      const body = way === 2 ? bytes.subarray(0, end) : new Blob([bytes.subarray(0, end)]).stream();
      const patched = location && (await send(client, 'PATCH', location, { body }));
      location = patched ? patched.headers.get('location') : undefined;
      sent = end;
    }
    if (!location) return undefined;
    created = await promised(client, claims, 'PUT', `${location}?${query}`, { body: bytes.subarray(sent) });
  }
  if (!created?.ok) return undefined;
  held.blobs.push(blob);
  return blob;
}

const push: Step = async (client) => {
  const { repository, held } = place(client);
  await pushBlob(client, repository, held);
};

const mount: Step = async (client) => {
  const [from, to] = client.random.chance(0.5) ? repositories : [repositories[1], repositories[0]];
  const blob = client.random.pick(client.holdings.get(from)!.blobs);
  if (blob === undefined) return;
  const source = client.random.chance(0.5) ? `&from=${encodeURIComponent(from)}` : '';
  const path = `/v2/${to}/blobs/uploads/?mount=${encodeURIComponent(blob.digest)}${source}`;
  const response = await promised(client, [blobClaim(to, blob)], 'POST', path);
  if (response?.status === 201) client.holdings.get(to)!.blobs.push(blob);
  else if (response !== undefined && !client.collected)
    throw new Error(`a mount of ${blob.digest} was answered with ${response.status}`);
};

/** As clients ask before they push: what is there then stays for the time of a lease. */
async function isThere(client: Client, repository: string, { digest }: Blob): Promise<boolean> {
  return typeof (await look(client, 'blob', repository, digest)) === 'number';
}

interface Tagging {
  readonly tags: readonly string[];
  readonly byDigest: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

function tagging({ random, number }: Client, held: Holdings): Tagging {
  const own = ['a', 'b', 'c'].map((name) => `client${number}-${name}`);
  const way = random.below(6);
  if (way === 0) return { tags: [], byDigest: true, headers: {} };
  if (way === 1) return { tags: [own[0]!, own[1]!, random.pick(sharedTags)], byDigest: true, headers: {} };
  if (way === 2) return { tags: [random.pick(sharedTags)], byDigest: false, headers: {} };
  const tag = random.pick(own);
  if (way > 3) return { tags: [tag], byDigest: false, headers: {} };
  const digest = held.tags.get(tag);
  return {
    tags: [tag],
    byDigest: false,
    headers: digest === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${digest}"` },
  };
}

function referrerClaims(repository: string, { digest, subject }: Pushed, value: string | null = null): Claim[] {
  return subject === undefined ? [] : [{ kind: 'referrer', repository, name: digest, value }];
}

async function putManifest(client: Client, repository: string, held: Holdings, manifest: Pushed): Promise<void> {
  const { tags, byDigest, headers } = tagging(client, held);
  const { digest, size, bytes, mediaType } = manifest;
  const claims: Claim[] = [
    { kind: 'manifest', repository, name: digest, value: size },
    ...tags.map((tag): Claim => ({ kind: 'tag', repository, name: tag, value: digest })),
    ...referrerClaims(repository, manifest, manifest.subject),
  ];
  const query = tags.map((tag) => `tag=${tag}`).join('&');
  const reference = byDigest ? `${digest}${query === '' ? '' : `?${query}`}` : tags[0];
  const path = `/v2/${repository}/manifests/${reference}`;
  const response = await promised(client, claims, 'PUT', path, {
    headers: { ...headers, 'content-type': mediaType },
    body: bytes,
  });
  if (client.collected && response?.status === 400) {
    throw new Error(`${path} was refused: ${await response.text()}`);
  }
  if (response?.status !== 201) return;
  held.manifests.push(manifest);
  for (const tag of tags) held.tags.set(tag, digest);
}

function pushedOf<T extends { readonly mediaType: string }>(document: T): Pushed {
  const bytes = Buffer.from(JSON.stringify(document));
  const { mediaType } = document;
  return { digest: digestOf(bytes), size: bytes.length, mediaType, bytes, held: false };
}

const pushImage: Step = async (client) => {
  const { repository, held } = place(client);
  const config = await pushBlob(client, repository, held);
  const layers: Blob[] = [];
  for (let count = client.random.below(3); count > 0; count--) {
    const known = client.random.chance(0.4) ? client.random.pick(held.blobs) : undefined;
    const layer =
      known && (await isThere(client, repository, known)) ? known : await pushBlob(client, repository, held);
    if (layer !== undefined) layers.push(layer);
  }
  if (config === undefined) return;
  const subject = client.random.chance(0.3) ? client.random.pick(held.manifests) : undefined;
  const descriptor =
    (mediaType: string) =>
    ({ digest, size }: Blob) => ({ mediaType, digest, size });
  const manifest = pushedOf({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(types.config)(config),
    layers: layers.map(descriptor(types.layer)),
    ...(subject === undefined
      ? {}
      : { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
    annotations: { 'org.example.number': String(client.nextSeed++) },
  });
  await putManifest(client, repository, held, { ...manifest, subject: subject?.digest });
};

const pushIndex: Step = async (client) => {
  const { repository, held } = place(client);
  const children = held.manifests.slice(-2);
  const index = pushedOf({
    schemaVersion: 2,
    mediaType: types.index,
    manifests: children.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    annotations: { 'org.example.number': String(client.nextSeed++) },
  });
  for (const child of children) child.held = true;
  await putManifest(client, repository, held, index);
};

/** Of a tag that belongs to this client, now and then with what it has to be. */
const untag: Step = async (client) => {
  const { repository, held } = place(client);
  const [tag, digest] = client.random.pick([...held.tags].filter(([name]) => name.startsWith('client'))) ?? [];
  if (tag === undefined) return;
  const headers: Record<string, string> = client.random.chance(0.5) ? { 'if-match': `"${digest}"` } : {};
  const claims: Claim[] = [{ kind: 'tag', repository, name: tag, value: null }];
  const response = await promised(client, claims, 'DELETE', `/v2/${repository}/manifests/${tag}`, { headers });
  if (response?.ok) held.tags.delete(tag);
};

/** A manifest with the tags on it; not one that others move tags to or that something needs. */
const deleteManifest: Step = async (client) => {
  const { repository, held } = place(client);
  const shared = new Set(sharedTags.map((tag) => held.tags.get(tag)));
  const candidates = held.manifests.filter(({ digest, held: needed }) => !needed && !shared.has(digest));
  const manifest = client.random.pick(candidates);
  if (manifest === undefined || client.doubts.length > 0) return;
  const { digest } = manifest;
  const tags = [...held.tags].filter(([, target]) => target === digest).map(([tag]) => tag);
  const claims: Claim[] = [
    { kind: 'manifest', repository, name: digest, value: null },
    ...referrerClaims(repository, manifest, null),
    ...tags.map((tag): Claim => ({ kind: 'tag', repository, name: tag, value: null })),
  ];
  held.manifests.splice(held.manifests.indexOf(manifest), 1);
  const response = await promised(client, claims, 'DELETE', `/v2/${repository}/manifests/${digest}`);
  if (response === undefined) return;
  for (const tag of tags) held.tags.delete(tag);
  held.removed.push({ manifest, tags });
};

/** Brings a manifest back, with the tags that were on it. */
const restore: Step = async (client) => {
  const { repository, held } = place(client);
  const { manifest, tags } = held.removed.pop() ?? {};
  // What has moved on since does not come back.
  if (manifest === undefined || tags?.some((tag) => held.tags.has(tag)) !== false) return;
  const { digest, size } = manifest;
  const claims: Claim[] = [
    { kind: 'manifest', repository, name: digest, value: size },
    ...referrerClaims(repository, manifest, manifest.subject),
    ...tags.map((tag): Claim => ({ kind: 'tag', repository, name: tag, value: digest })),
  ];
  const body = Buffer.from(JSON.stringify({ repository, reference: digest }));
  const headers = { 'content-type': 'application/json' };
  const response = await promised(client, claims, 'POST', '/api/v1/trash/restore', { headers, body });
  if (response?.ok !== true) return;
  held.manifests.push(manifest);
  for (const tag of tags) held.tags.set(tag, digest);
};

/** Starts a collection, which goes on beside what the clients do. */
const collect: Step = async (client) => {
  const started = await send(client, 'POST', '/api/v1/jobs/gc/runs');
  if (started !== undefined && ![202, 409].includes(started.status)) throw new Error(`gc: ${started.status}`);
  // Some things are then older than their leases.
  await sleep(client.random.below(700));
};

/** Begins an upload that is gone on with later, maybe by way of another process of the server. */
const leave: Step = async (client) => {
  const { repository } = place(client);
  const seed = client.nextSeed++;
  const blob = { ...newBlob(client), seed };
  const bytes = bytesOf(blob);
  const begun = await send(client, 'POST', `/v2/${repository}/blobs/uploads/`);
  const location = begun?.headers.get('location');
  if (!location) return;
  client.marks.upload({ repository, location, digest: digestOf(bytes), size: bytes.length, seed });
  const body = bytes.subarray(0, client.random.below(bytes.length + 1));
  await send(client, 'PATCH', location, { body });
};

const readTag: Step = async (client) => {
  const { repository } = place(client);
  await look(client, 'tag', repository, client.random.pick(sharedTags));
};

const common: readonly Step[] = [
  push,
  push,
  mount,
  pushImage,
  pushImage,
  pushImage,
  pushImage,
  pushIndex,
  untag,
  deleteManifest,
  leave,
  readTag,
];

export const steps: Readonly<Record<ScenarioKind, readonly Step[]>> = {
  plain: common,
  collected: [...common, collect, collect, deleteManifest, deleteManifest],
  restored: [...common, collect, deleteManifest, deleteManifest, restore, restore],
};
