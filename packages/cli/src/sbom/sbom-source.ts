import type { Sbom, SbomSubject } from '@lading/contents';
import { withBase } from '@lading/facts';
import type { Image } from '@lading/image';
import { parseReference, repositoryOf } from '@lading/oci';
import { flagOption, type OptionValues } from '../command.ts';
import { imageFacts, isKnown } from '../contents/image-facts.ts';
import { knownImages } from '../contents/known-images.ts';
import type { Context } from '../context.ts';
import { type FoundImage, findImage, fullName, imageIn } from '../find-image.ts';
import { shortDigest } from '../table.ts';
import { readSbomFile } from './read-sbom-file.ts';

/** Something whose packages are known: an image that is looked into, or an SBOM that was read. */
export interface SbomSource {
  /** As people call it. */
  readonly name: string;
  /**
   * What is in it: as this machine knows it, else as a document says that Lading attached to the image, else by looking into the layers.
   */
  readonly sbom: () => Promise<Sbom>;
  /** ISO date of what it is about. */
  readonly created: string;
  /** Absent for a file. */
  readonly found?: { readonly image: Image; readonly in: FoundImage };
}

const prefix = 'sbom:';

/** Works with what an image or, as `sbom:FILE`, a document says; what was opened for it is closed afterwards. */
export async function withSbom<T>(
  context: Context,
  text: string,
  options: OptionValues,
  work: (source: SbomSource) => Promise<T>,
): Promise<T> {
  if (text.startsWith(prefix)) {
    const sbom = await readSbomFile(context, text.slice(prefix.length));
    return work({ name: text, sbom: async () => sbom, created: new Date(0).toISOString() });
  }
  const found = await findImage(context, text, options);
  try {
    const image = imageIn(found);
    const created = image.config.created ?? new Date(0).toISOString();
    const isFresh = flagOption(options, 'fresh');
    let sbom: Promise<Sbom> | undefined;
    return await work({
      name: fullName(found.location),
      sbom: () => {
        sbom ??= sbomOf(context, { image, in: found }, isFresh);
        return sbom;
      },
      created,
      found: { image, in: found },
    });
  } finally {
    await found.source.close();
  }
}

async function sbomOf(context: Context, found: NonNullable<SbomSource['found']>, isFresh: boolean): Promise<Sbom> {
  const { image } = found;
  const subject = subjectOf(found.in, image);
  if (!isFresh && !(await isKnown(context, image))) {
    const { findAttachedSbom, readSbom } = await import('@lading/contents');
    const attached = await findAttachedSbom(found.in.source.repository, image.descriptor, context);
    if (attached !== undefined) {
      context.progress.log(
        `from the SBOM ${shortDigest(attached.artifact.digest)} that is attached to the image; --fresh looks into the layers`,
      );
      const { facts } = readSbom(attached.bytes);
      return { subject, facts: withBase(facts, await knownImages(await context.home(), context)) };
    }
  }
  return { subject, facts: await imageFacts(context, image) };
}

/** What the SBOM is about: the image under the name that it was asked for by. */
export function subjectOf({ location, source }: FoundImage, { descriptor }: Image): SbomSubject {
  const { digest } = descriptor;
  if ('reference' in location) {
    const { tag } = location.reference;
    return { name: repositoryOf(location.reference), ...(tag === undefined ? {} : { tag }), digest };
  }
  return { ...named(source.tag ?? location.path), digest };
}

/** A name in an archive is often a whole reference. */
function named(text: string): SbomSubject {
  try {
    const reference = parseReference(text, { defaultTag: null });
    return { name: repositoryOf(reference), ...(reference.tag === undefined ? {} : { tag: reference.tag }) };
  } catch {
    return { name: text };
  }
}
