import { type Descriptor, parsePlatform, referrersTag } from '@lading/oci';
import type { Repository } from '@lading/store';
import { writeIndex } from '../write-index.ts';
import { sampleArtifact } from './sample-artifact.ts';
import { sampleImage } from './sample-image.ts';

/** An index tagged `1.0` with everything that may belong to it. */
export interface SampleFamily {
  readonly index: Descriptor;
  /** Of linux/amd64 and linux/arm64. */
  readonly images: readonly Descriptor[];
  /** Of the first image. */
  readonly sbom: Descriptor;
  /** Of the SBOM. */
  readonly sbomSignature: Descriptor;
  /** Cosign's, under a tag of the index. */
  readonly signature: Descriptor;
  /** The index of referrers that clients keep, under the tag of the first image. */
  readonly list: Descriptor;
}

/** For tests of this package. */
export async function sampleFamily(repository: Repository): Promise<SampleFamily> {
  const images = [
    await sampleImage(repository, { texts: ['base', 'one'] }),
    await sampleImage(repository, { texts: ['base', 'two'], platform: parsePlatform('linux/arm64') }),
  ];
  const index = await writeIndex(repository, { manifests: images });
  const [first] = images;
  const sbom = await sampleArtifact(repository, 'sbom', { subject: first! });
  const sbomSignature = await sampleArtifact(repository, 'signature of the sbom', { subject: sbom });
  const signature = await sampleArtifact(repository, 'signature', { artifactType: 'application/x-signature' });
  const list = await writeIndex(repository, { manifests: [sbom] });
  await repository.references.tag('1.0', index);
  await repository.references.tag(`${referrersTag(index.digest)}.sig`, signature);
  await repository.references.tag(referrersTag(first!.digest), list);
  return { index, images, sbom, sbomSignature, signature, list };
}
