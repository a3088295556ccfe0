import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Descriptor, descriptorOf, emptyDescriptor, encodeJson, mediaTypes } from '@lading/oci';
import { type ContentStore, createMemoryStore, type Journal, openDirectoryJournal, put } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import type { Catalog } from '../catalog.ts';
import type { Actor } from '../ledger/actor.ts';
import { type CatalogPlace, openCatalog } from '../open-catalog.ts';

/** A place for a catalog, with its journal and content. */
export type Place = CatalogPlace & { readonly journal: Journal; readonly content: ContentStore };

export const alice: Actor = { name: 'user:alice', client: '192.0.2.7', agent: 'skopeo' };

export async function placeFor(t: TestContext): Promise<Place & { readonly path: string }> {
  const folder = await temporaryFolder(t);
  const journal = await openDirectoryJournal(join(folder, 'journal'));
  t.after(() => journal.close());
  return { path: join(folder, 'catalog.sqlite'), journal, content: createMemoryStore() };
}

export async function opened(t: TestContext, place: Place): Promise<Catalog> {
  const catalog = await openCatalog(place);
  t.after(() => catalog.close());
  return catalog;
}

export async function recorded(
  catalog: Catalog,
  { content }: { readonly content: ContentStore },
  name: string,
): Promise<Descriptor> {
  const config = await put(content, Buffer.from('{}'), emptyDescriptor);
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [],
    annotations: { name },
  });
  const descriptor = descriptorOf(bytes, mediaTypes.ociManifest);
  await put(content, bytes, descriptor);
  await catalog.references('team/app', alice).record(descriptor, bytes);
  return descriptor;
}

/** A bit of everything that entries can say. */
export async function live(catalog: Catalog, place: { readonly content: ContentStore }): Promise<void> {
  const [one, two, three] = [
    await recorded(catalog, place, 'one'),
    await recorded(catalog, place, 'two'),
    await recorded(catalog, place, 'three'),
  ];
  const references = catalog.references('team/app', alice);
  await catalog.linkBlob('team/app', emptyDescriptor.digest, 2, alice);
  await catalog.linkBlob('team/other', emptyDescriptor.digest, 2);
  await references.tag('latest', one);
  await references.tag('latest', two);
  await references.tag('latest', two);
  await references.tag('old', one);
  await references.tag('older', one);
  await references.untag('older');
  await catalog.pin('team/app', three.digest);
  await catalog.unpin('team/app', three.digest);
  await catalog.pin('team/app', two.digest, alice);
  await catalog.unlinkBlob('team/other', emptyDescriptor.digest);
  await catalog.removeManifest('team/app', one.digest, alice);
  await catalog.sweep({ undoSince: new Date('2100-01-01'), recordedSince: new Date('2100-01-01') });
}
