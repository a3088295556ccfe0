// What property tests share: a registry's parts in memory, with a clock of their own, on which anything may have happened.
import {
  beginNotingPulls,
  type Catalog,
  type CatalogPlace,
  expireTrash,
  linkBlob,
  openCatalog,
  recordManifest,
  removeManifest,
} from '@lading/catalog';
import { type Descriptor, type Digest, digestOf, encodeJson, mediaTypes } from '@lading/oci';
import { createMemoryStore, type MemoryStore, put } from '@lading/store';
import fc from 'fast-check';
import { writeContent } from '../policy/write-content.ts';

export interface TestParts {
  readonly catalog: Catalog;
  readonly content: MemoryStore;
  readonly now: () => Date;
  /** The clock goes on. */
  pass(ms: number): void;
}

export async function openTestParts(place: CatalogPlace = { path: ':memory:' }): Promise<TestParts> {
  // Before the store's own clock, which is real: to it everything is old.
  let time = Date.UTC(2020, 0, 1);
  const now = (): Date => new Date(time);
  const catalog = await openCatalog({ ...place, now });
  await beginNotingPulls(catalog.database, now());
  return {
    catalog,
    content: createMemoryStore(),
    now,
    pass(ms) {
      time += ms;
    },
  };
}

export const repositories = ['one', 'two/app'] as const;
export const tags = ['latest', 'v1', 'v2', 'prod', 'dev-1', 'dev-2'] as const;

type Step =
  | { readonly kind: 'link'; readonly repository: number; readonly blob: number }
  | {
      readonly kind: 'image' | 'referrer';
      readonly repository: number;
      readonly blobs: readonly number[];
      readonly other: number;
    }
  | { readonly kind: 'index'; readonly repository: number; readonly others: readonly number[] }
  | { readonly kind: 'tag'; readonly repository: number; readonly tag: number; readonly other: number }
  | { readonly kind: 'untag'; readonly repository: number; readonly tag: number }
  | { readonly kind: 'remove'; readonly repository: number; readonly other: number; readonly restorable: boolean }
  | { readonly kind: 'pin' | 'expire' | 'attach'; readonly repository: number; readonly other: number }
  | { readonly kind: 'unlink'; readonly repository: number; readonly blob: number }
  | { readonly kind: 'pass'; readonly ms: number };

const repository = fc.nat(repositories.length - 1);
const blob = fc.nat(5);
const other = fc.nat(20);
const tag = fc.nat(tags.length - 1);
const blobs = fc.uniqueArray(blob, { maxLength: 3 });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('link' as const), repository, blob }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('image', 'referrer'), repository, blobs, other }) },
  fc.record({ kind: fc.constant('index' as const), repository, others: fc.uniqueArray(other, { maxLength: 3 }) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('tag' as const), repository, tag, other }) },
  fc.record({ kind: fc.constant('untag' as const), repository, tag }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), repository, other, restorable: fc.boolean() }),
  },
  fc.record({ kind: fc.constantFrom('pin', 'expire', 'attach'), repository, other }),
  fc.record({ kind: fc.constant('unlink' as const), repository, blob }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 60_000 }) }) },
);

/** Anything that may have happened. */
export const history: fc.Arbitrary<readonly Step[]> = fc.array(step, { maxLength: 40 });

/** Makes it happen. */
export async function happen(parts: TestParts, steps: readonly Step[]): Promise<void> {
  const recorded: Descriptor[][] = repositories.map(() => []);
  for (const [n, one] of steps.entries()) await take(parts, recorded, one, n);
}

async function take(parts: TestParts, recorded: Descriptor[][], one: Step, n: number): Promise<void> {
  const { catalog, content, pass } = parts;
  if (one.kind === 'pass') return pass(one.ms);
  const name = repositories[one.repository] ?? 'one';
  const manifests = recorded[one.repository] ?? [];
  const picked = (index: number): Descriptor | undefined => manifests[index % Math.max(1, manifests.length)];
  const record = async (value: object, mediaType: string): Promise<void> => {
    const bytes = encodeJson({ schemaVersion: 2, mediaType, ...value, annotations: { n: String(n) } });
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await put(content, bytes, descriptor);
    const written = { digest: descriptor.digest, rewrite: () => put(content, bytes, descriptor) };
    await writeContent(parts, undefined, written, (page) => recordManifest(page, name, descriptor, bytes));
    manifests.push(descriptor);
  };
  const here = async (descriptor: Descriptor | undefined): Promise<Descriptor | undefined> =>
    descriptor !== undefined && (await catalog.manifest(name, descriptor.digest)) !== undefined
      ? descriptor
      : undefined;

  if (one.kind === 'link') await linkSample(parts, name, one.blob);
  else if (one.kind === 'unlink') await catalog.unlinkBlob(name, sample(one.blob).digest);
  else if (one.kind === 'image' || one.kind === 'referrer') {
    const layers = await Promise.all([...one.blobs].map((index) => linkSample(parts, name, index)));
    const subject = one.kind === 'referrer' ? picked(one.other) : undefined;
    const config = await linkSample(parts, name, 0);
    await record({ config, layers, ...(subject === undefined ? {} : { subject }) }, mediaTypes.ociManifest);
  } else if (one.kind === 'index') {
    const found = await Promise.all(one.others.map((index) => here(picked(index))));
    await record({ manifests: found.filter((child) => child !== undefined) }, mediaTypes.ociIndex);
  } else if (one.kind === 'tag') {
    const target = await here(picked(one.other));
    if (target !== undefined) await catalog.references(name).tag(tags[one.tag] ?? '', target);
  } else if (one.kind === 'untag') await catalog.references(name).untag(tags[one.tag] ?? '');
  else {
    const target = picked(one.other);
    if (target === undefined) return;
    const { digest } = target;
    if (one.kind === 'expire') await catalog.ledger.write(undefined, (page) => expireTrash(page, name, digest));
    else if (one.kind === 'pin') await catalog.pin(name, digest);
    else if (one.kind === 'remove') {
      await catalog.ledger.write(undefined, (page) =>
        removeManifest(page, name, digest, { restorable: one.restorable }),
      );
    } else {
      const signature = await here(picked(one.other + 1));
      if (signature !== undefined) await catalog.references(name).tag(`${digest.replace(':', '-')}.sig`, signature);
    }
  }
}

function sample(index: number): { readonly bytes: Buffer; readonly digest: Digest } {
  const bytes = Buffer.from(`blob ${index}`);
  return { bytes, digest: digestOf(bytes) };
}

async function linkSample(parts: TestParts, repository: string, index: number): Promise<Descriptor> {
  const { bytes, digest } = sample(index);
  const descriptor = { mediaType: 'application/octet-stream', digest, size: bytes.length };
  await put(parts.content, bytes, descriptor);
  await writeContent(parts, undefined, { digest, rewrite: () => put(parts.content, bytes, descriptor) }, (page) =>
    linkBlob(page, repository, digest, bytes.length),
  );
  return descriptor;
}
