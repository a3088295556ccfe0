import { type Descriptor, type Digest, referrersTag } from '@lading/oci';
import type { Repository } from '@lading/store';
import { type CompanionTag, findCompanionTags } from './companion-tags.ts';
import type { CopyRun } from './copy-run.ts';

/**
 * Copies what refers to the manifests of a run, what refers to that, and so on; resolves to what was found. The tag under which clients
 * list referrers for a registry that does not is left out: a target keeps such a list of its own, which may name more.
 */
export async function copyReferrers(run: CopyRun, source: Repository, target: Repository): Promise<Descriptor[]> {
  const found = new Map<Digest, Descriptor>();
  const seen = new Set<Digest>();
  for (;;) {
    const subjects = run.manifests.filter(({ digest }) => !seen.has(digest));
    if (subjects.length === 0) return [...found.values()];
    for (const { digest } of subjects) seen.add(digest);
    const all = await Promise.all(subjects.map((subject) => findReferrers(run, source, subject)));
    const referrers = all.flatMap((each) => each.referrers);
    const tags = all.flatMap((each) => each.tags);
    const manifests = [...referrers, ...tags.map(({ descriptor }) => descriptor)];
    for (const manifest of manifests) if (!seen.has(manifest.digest)) found.set(manifest.digest, manifest);
    await Promise.all(manifests.map((manifest) => run.copyManifest(manifest)));
    await Promise.all(
      tags.map(({ tag, descriptor }) =>
        run.queued('target', descriptor, (signal) => target.references.tag(tag, descriptor, { signal })),
      ),
    );
  }
}

interface Found {
  readonly referrers: readonly Descriptor[];
  readonly tags: readonly CompanionTag[];
}

function findReferrers(run: CopyRun, source: Repository, subject: Descriptor): Promise<Found> {
  return run.queued('source', subject, async (signal) => {
    const listed = await Array.fromAsync(source.references.referrers(subject.digest, { signal }));
    const tags = await findCompanionTags(source, subject.digest, { signal });
    return {
      // Only what names content: the type and annotations of a list are the manifest's own.
      referrers: listed.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
      tags: tags.filter(({ tag }) => tag !== referrersTag(subject.digest)),
    };
  });
}
