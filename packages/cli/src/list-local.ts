import type { Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  familiarReference,
  formatPlatform,
  type ImageConfig,
  isConfigType,
  isImageManifestType,
  isIndexType,
  maxConfigBytes,
  parseConfig,
  parseReference,
} from '@lading/oci';
import type { Repository } from '@lading/store';
import type { Home } from './home.ts';

/** One row of `lading ls`, and its shape under `--json`. */
export interface LocalImage {
  /** `docker.io/library/alpine:3.10` */
  readonly reference: string;
  /** `alpine`: as people write it. */
  readonly name: string;
  readonly tag?: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of everything it consists of that is here, compressed where it is. */
  readonly size: number;
  /** RFC 3339, from the config. */
  readonly created?: string;
  readonly platforms: readonly string[];
}

type Content = Pick<LocalImage, 'size' | 'created' | 'platforms'>;

/** The images on this machine, of one repository or all, in byte order of their names; those that have only a digest come after the tags. */
export async function listLocal(home: Home, io: Io, only?: string): Promise<LocalImage[]> {
  const contents = new Map<Digest, Promise<Content>>();
  const images: LocalImage[] = [];
  for await (const repository of only === undefined ? home.catalog.repositories({ signal: io.signal }) : [only]) {
    const { registry, repository: path } = parseReference(repository);
    const name = familiarReference({ registry, repository: path });
    const list = async (descriptor: Descriptor, tag?: string): Promise<void> => {
      const { digest, mediaType } = descriptor;
      const content = contents.get(digest) ?? contentOf(home.repository(repository), descriptor, io);
      contents.set(digest, content);
      const reference = tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
      images.push({ reference, name, ...(tag === undefined ? {} : { tag }), digest, mediaType, ...(await content) });
    };
    for await (const { name: tag, descriptor } of home.catalog.tags(repository, { signal: io.signal })) {
      throwIfAborted(io.signal);
      await list(descriptor, tag);
    }
    for (const { descriptor } of await home.catalog.pins(repository)) {
      if (!images.some((image) => image.name === name && image.digest === descriptor.digest)) await list(descriptor);
    }
  }
  return images;
}

/** Adds up what is here; of an index the images that are. What cannot be read any more counts as nothing: listing goes on. */
async function contentOf(repository: Repository, root: Descriptor, io: Io): Promise<Content> {
  const { readManifest } = await import('@lading/image');
  const sizes = new Map<Digest, number>();
  const platforms = new Set<string>();
  let created: string | undefined;
  const queue = [root];
  for (const descriptor of queue) {
    if (sizes.has(descriptor.digest)) continue;
    const document = await readManifest(repository.content, descriptor, io).catch(() => undefined);
    throwIfAborted(io.signal);
    if (document === undefined) continue;
    sizes.set(descriptor.digest, document.bytes.length);
    if (document.kind === 'index') {
      queue.push(
        ...document.value.manifests.filter(({ mediaType }) => isIndexType(mediaType) || isImageManifestType(mediaType)),
      );
      continue;
    }
    for (const { digest, size } of childrenOf(document)) sizes.set(digest, size);
    if (!isConfigType(document.value.config.mediaType)) continue;
    const config = await readConfig(repository, document.value.config, io).catch(() => undefined);
    if (config === undefined) continue;
    if (config.architecture !== 'unknown') platforms.add(formatPlatform(config));
    created ??= config.created;
  }
  const size = [...sizes.values()].reduce((sum, value) => sum + value, 0);
  return { size, ...(created === undefined ? {} : { created }), platforms: [...platforms] };
}

async function readConfig(repository: Repository, config: Descriptor, { signal }: Io): Promise<ImageConfig> {
  const { get } = await import('@lading/store');
  return parseConfig(await get(repository.content, config, { maxBytes: maxConfigBytes, signal }));
}
