import { type Image, openArchive, openImage } from '@lading/image';
import { hostPlatform } from '@lading/oci';
import type { Case } from '../../../tests/dockerfiles/case.ts';
import { describeImage, type Outcome } from '../../../tests/dockerfiles/outcome.ts';

/** What another builder makes of a case; undefined when it cannot be asked for it. */
export type PeerOutcome = (Outcome & { readonly ok: true }) | { readonly ok: false; readonly log: string } | undefined;

/** Another builder, started and with the base image in it. */
export interface Peer {
  readonly name: 'buildkit' | 'buildah';
  readonly version: string;
  build(one: Case, context: string, alpine: Image): Promise<PeerOutcome>;
  stop(): Promise<void>;
}

/** The image in an OCI archive that a builder wrote. */
export async function describeArchive(path: string, alpine: Image): Promise<Outcome> {
  const archive = await openArchive(path);
  try {
    const [only] = archive.images;
    if (only === undefined) throw new Error(`${path} holds no image`);
    const image = await openImage(archive.repository, only.descriptor.digest, { platform: hostPlatform() });
    return await describeImage(image, alpine);
  } finally {
    await archive.close();
  }
}
