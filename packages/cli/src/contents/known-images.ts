import type { KnownImage } from '@lading/facts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';

/** Images beyond these are not looked at. */
const mostImages = 256;

/** The images on this machine, by name, with what tells whether another was built on one: their manifests and configs alone are read. */
export async function knownImages(home: Home, { signal }: Pick<Context, 'signal'>): Promise<KnownImage[]> {
  const { openImage } = await import('@lading/image');
  const found: Promise<KnownImage | undefined>[] = [];
  for await (const repository of home.catalog.repositories({ signal })) {
    for await (const { name: tag, descriptor } of home.catalog.tags(repository, { signal })) {
      if (found.length === mostImages) break;
      const name = `${repository}:${tag}`;
      found.push(
        openImage(home.repository(repository), descriptor, { signal }).then(
          ({ descriptor: { digest }, config }) => ({ digest, name, diffIds: config.rootfs.diff_ids }),
          // What cannot be read, or is for another platform, is no base that is known.
          () => undefined,
        ),
      );
    }
  }
  return (await Promise.all(found)).filter((image) => image !== undefined);
}
