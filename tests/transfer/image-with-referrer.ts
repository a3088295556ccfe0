import { type Descriptor, encodeJson, mediaTypes } from '@lading/oci';
import { createMemoryRepository, put, type Repository } from '@lading/store';
import { mixedBytes } from '@lading/testkit';

/** An image of one large and some small layers, with an artifact that refers to it. */
export async function imageWithReferrer(
  layerBytes: number,
): Promise<{ readonly repository: Repository; readonly image: Descriptor }> {
  const repository = createMemoryRepository('memory');
  const add = (bytes: Uint8Array, mediaType: string): Promise<Descriptor> =>
    put(repository.content, bytes, { mediaType });
  const layers = await Promise.all(
    [layerBytes, 20_000, 1, 70_000].map((size, at) => add(mixedBytes(size, at + 1), mediaTypes.ociLayer)),
  );
  const config = await add(Buffer.from('{}'), 'application/vnd.example.config');
  const mediaType = mediaTypes.ociManifest;
  const manifest = async (value: object): Promise<Descriptor> => {
    const bytes = encodeJson(value);
    const descriptor = await add(bytes, mediaType);
    await repository.references.record(descriptor, bytes);
    return descriptor;
  };
  const image = await manifest({ schemaVersion: 2, mediaType, config, layers });
  const { digest, size } = image;
  await manifest({
    schemaVersion: 2,
    mediaType,
    artifactType: 'application/vnd.example.sbom',
    config: await add(Buffer.from('{}'), mediaTypes.ociEmpty),
    layers: [await add(Buffer.from('a list of parts'), 'text/plain')],
    subject: { mediaType, digest, size },
  });
  return { repository, image };
}
