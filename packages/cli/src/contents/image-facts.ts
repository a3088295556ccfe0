import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFacts } from '@lading/facts';
import type { Image } from '@lading/image';
import type { Context } from '../context.ts';
import { shortDigest } from '../table.ts';
import { knownImages } from './known-images.ts';
import type { SecretSearch } from './secret-search.ts';

export interface ImageFactsOptions {
  /** Looks for secrets, too. */
  readonly secrets?: SecretSearch | undefined;
}

/** What an image holds, from the facts that this machine keeps of its layers; those that it never read are read now, with progress. */
export async function imageFacts(context: Context, image: Image, options: ImageFactsOptions = {}): Promise<ImageFacts> {
  const { signal, progress } = context;
  const [{ createSecretScanner, factsOfImage, openFactFolder }, folder] = await Promise.all([
    import('@lading/contents'),
    context.homeFolder(),
  ]);
  const cache = join(folder, 'cache');
  await mkdir(cache, { recursive: true });
  const shown = new Set<string>();
  try {
    return await factsOfImage(image, {
      signal,
      store: openFactFolder(join(cache, 'facts', options.secrets?.key ?? '')),
      // The system's folder for temporary files is often memory.
      spoolFolder: cache,
      knownImages: await knownImages(await context.home(), context),
      ...(options.secrets === undefined
        ? {}
        : {
            secretScanner: () => createSecretScanner(options.secrets?.options),
            secretOptions: options.secrets.options,
          }),
      onProgress: ({ digest, bytes, size }) => {
        shown.add(digest);
        progress.update(digest, `reading ${shortDigest(digest)}`, bytes, size);
      },
    });
  } finally {
    for (const digest of shown) progress.finish(digest);
  }
}

/** Whether all that is in the image was learnt before, on this machine. */
export async function isKnown(context: Context, image: Image): Promise<boolean> {
  const [{ factsVersion, openFactFolder }, folder] = await Promise.all([
    import('@lading/contents'),
    context.homeFolder(),
  ]);
  const store = openFactFolder(join(folder, 'cache', 'facts'));
  return (await store.findImage(image.descriptor.digest, factsVersion)) !== undefined;
}
