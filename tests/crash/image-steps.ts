// What callers do with images and their names.
import {
  type Descriptor,
  descriptorOf,
  digestOf,
  encodeJson,
  type Manifest,
  mediaTypes,
  parseDigest,
} from '@lading/oci';
import { get } from '@lading/store';
import type { Claim } from './ledger.ts';
import { lag, putPromised, type Session, type Step, sample } from './session.ts';

const tagNames = ['v1', 'v2', 'latest', 'edge'];

function tagClaim({ place }: Session, name: string, value: string | null): Claim {
  return { place, kind: 'tag', name, value };
}

async function writeManifest(session: Session, subject?: Descriptor): Promise<Descriptor> {
  // No tiny one, of which another step may have the same, and remove it.
  const { bytes: layerBytes, descriptor } = sample(session, []);
  const layer = { ...descriptor, mediaType: mediaTypes.ociLayer };
  const configBytes = encodeJson({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const config = descriptorOf(configBytes, mediaTypes.ociConfig);
  await putPromised(session, layerBytes, layer);
  await link(session, layer);
  await putPromised(session, configBytes, config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [layer],
    ...(subject === undefined ? {} : { subject }),
    // No two are alike.
    annotations: { 'org.example.number': String(session.nextSeed++) },
  };
  const bytes = encodeJson(manifest);
  const result = descriptorOf(bytes, mediaTypes.ociManifest);
  await putPromised(session, bytes, result);
  const claim: Claim = { place: session.place, kind: 'manifest', name: result.digest, value: result.size };
  await session.writer.promise([claim], () => session.references!.record(result, bytes));
  return result;
}

/** Makes a blob known to the catalog's repository, where there is one. */
async function link({ catalog, writer, place }: Session, { digest, size }: Pick<Descriptor, 'digest' | 'size'>) {
  const claim: Claim = { place, kind: 'link', name: digest, value: size };
  if (catalog !== undefined) await writer.promise([claim], () => catalog.linkBlob('app', digest, size));
}

async function tag(session: Session, name: string, manifest: Descriptor): Promise<void> {
  await session.writer.promise([tagClaim(session, name, manifest.digest)], () =>
    session.references!.tag(name, manifest),
  );
}

const newImage: Step = async (session) => {
  await tag(session, session.random.pick(tagNames), await writeManifest(session));
};

const referrer: Step = async (session) => {
  const subject = await writeManifest(session);
  await writeManifest(session, subject);
};

/** A manifest that is certainly there, from this session or an earlier one. */
async function someManifest(session: Session): Promise<Descriptor> {
  const known = [...session.found.values(session.place, 'manifest')].filter(([, values]) => !values.has(null));
  if (known.length === 0 || session.random.chance(0.3)) return writeManifest(session);
  const [name, values] = session.random.pick(known);
  return { mediaType: mediaTypes.ociManifest, digest: parseDigest(name), size: Number([...values][0]) };
}

/** Several tags at once, and one of them again at once. */
const moveTags: Step = async (session) => {
  const [one, two] = [await someManifest(session), await writeManifest(session)];
  const [first, second] = session.random.chance(0.5) ? ['v1', 'edge'] : ['latest', 'v2'];
  await Promise.all([
    tag(session, first, one),
    lag(session, session.random.below(12)).then(() => tag(session, second, two)),
  ]);
  await tag(session, first, two);
};

const untag: Step = async (session) => {
  const name = session.random.pick(tagNames);
  await session.writer.promise([tagClaim(session, name, null)], () => session.references!.untag(name));
};

/** Refused: nothing changes. */
const compareAndSwap: Step = async (session) => {
  const manifest = await someManifest(session);
  const outcome = await session.references!.tag('v1', manifest, { expected: digestOf('something else') });
  if (outcome.tagged) throw new Error('the tag was moved from something else');
};

/** With all its tags, in one transaction. */
const removeManifest: Step = async (session) => {
  const { catalog, place, writer, references } = session;
  if (catalog === undefined) return;
  const manifest = await writeManifest(session);
  await tag(session, 'v2', manifest);
  await tag(session, 'short', manifest);
  const gone: Claim = { place, kind: 'manifest', name: manifest.digest, value: null };
  const claims = [gone, tagClaim(session, 'v2', null), tagClaim(session, 'short', null)];
  await writer.promise(claims, () => catalog.removeManifest('app', manifest.digest));
  if ((await references!.resolve('v2')) !== undefined) throw new Error('v2 outlived its manifest');
};

/**
 * What someone does whose push was cut off by a crash: everything again, except content that is there already. What the crashed session had
 * written and not yet synced must not be taken for durable.
 */
export const pushAgain: Step = async (session) => {
  const { content, references, writer, found, place } = session;
  for (const [name, values] of found.values(place, 'link')) {
    const info = values.has(null) ? await content!.stat(parseDigest(name)) : undefined;
    if (info !== undefined) await link(session, info);
  }
  for (const [name, values] of found.values(place, 'manifest')) {
    const digest = parseDigest(name);
    if (!values.has(null) || values.size === 1 || (await content!.stat(digest)) === undefined) continue;
    const bytes = await get(content!, digest, { maxBytes: 1 << 20 });
    const manifest = descriptorOf(bytes, mediaTypes.ociManifest);
    const claims: Claim[] = [{ place, kind: 'manifest', name: digest, value: bytes.length }];
    await writer.promise(claims, () => references!.record(manifest, bytes));
    await tag(session, session.random.pick(tagNames), manifest);
  }
};

export const imageSteps: readonly Step[] = [
  newImage,
  newImage,
  moveTags,
  moveTags,
  untag,
  referrer,
  compareAndSwap,
  removeManifest,
];
