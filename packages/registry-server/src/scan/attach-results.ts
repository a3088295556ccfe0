import { removeManifest } from '@lading/catalog';
import { attachSbom } from '@lading/contents';
import type { ImageFacts } from '@lading/facts';
import { type Image, writeArtifact } from '@lading/image';
import type { Descriptor, Digest } from '@lading/oci';
import { createMemoryRepository, type Repository } from '@lading/store';
import { jobActor } from '../jobs/job.ts';
import { localRepository } from '../replication/local-repository.ts';
import { imageSbom, repositoryName, sbomFormat } from './sbom-of.ts';
import type { Attachments } from './scan-config.ts';
import type { ScanParts } from './scan-parts.ts';

/** What is ours among the referrers of an image, and which. */
export const attachedKey = 'dev.lading.scan';
/** The type of a report that is attached to an image; its one layer has the same. */
export const reportMediaType = 'application/vnd.lading.scan.v1+json';

export interface ScanResults {
  readonly image: Image;
  readonly facts: ImageFacts;
  readonly report: Uint8Array;
}

type Write = (repository: Repository) => Promise<Descriptor>;

/**
 * Makes what was found referrers of the image in a repository: one SBOM and one report, in the place of those that were there before. What is
 * there already is not written again.
 */
export async function attachResults(
  parts: ScanParts,
  name: string,
  { image, facts, report }: ScanResults,
  attach: Attachments,
): Promise<void> {
  const { descriptor } = image;
  const fullName = repositoryName(parts.config.server.url, name);
  const sbom: Write = (repository) =>
    attachSbom(repository, descriptor, {
      bytes: imageSbom(facts, { name: fullName, created: image.config.created, version: parts.version }),
      format: sbomFormat,
      annotations: { [attachedKey]: 'sbom' },
    });
  const findings: Write = (repository) =>
    writeArtifact(repository, {
      artifactType: reportMediaType,
      parts: [{ mediaType: reportMediaType, bytes: report }],
      subject: descriptor,
      annotations: { [attachedKey]: 'report' },
    });
  await replace(parts, name, descriptor, 'sbom', attach === 'off' ? undefined : sbom);
  await replace(parts, name, descriptor, 'report', attach === 'all' ? findings : undefined);
}

async function replace(
  { catalog, content }: ScanParts,
  name: string,
  image: Descriptor,
  kind: string,
  write: Write | undefined,
): Promise<void> {
  const there: Digest[] = [];
  for await (const { digest, annotations } of catalog.referrers(name, image.digest)) {
    if (annotations?.[attachedKey] === kind) there.push(digest);
  }
  const by = jobActor('scan');
  let written: Digest | undefined;
  if (write !== undefined) {
    // What it would be tells whether it is there.
    written = (await write(createMemoryRepository('scan'))).digest;
    if (!there.includes(written)) await write(localRepository({ catalog, content, name, by }));
  }
  const old = there.filter((digest) => digest !== written);
  if (old.length === 0) return;
  await catalog.ledger.write(by, async (page) => {
    for (const digest of old) await removeManifest(page, name, digest, { restorable: false });
  });
}
