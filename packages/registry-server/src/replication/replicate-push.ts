import { mediaTypes } from '@lading/oci';
import type { Repository } from '@lading/store';
import { localRepository } from './local-repository.ts';
import { bring, companionOf, noteFailure, type ReplicationRun } from './replication-run.ts';

/** What is here and not at the other registry: the catalog knows, so nothing is asked for what is there already. */
export async function replicatePush(run: ReplicationRun): Promise<void> {
  const { rule, replicated, catalog } = run;
  const sides = (repository: string): { from: Repository; to: Repository } => ({
    from: localRepository({ ...run, name: repository }),
    to: run.remote.repository(`${rule.path}${rule.prefix}${repository}`),
  });

  for await (const { repository, name, digest } of replicated.pendingTags(rule.name)) {
    if (!run.hasRepository(repository)) continue;
    const { from, to } = sides(repository);
    const about = companionOf(name);
    if (about === undefined ? !run.hasTag(name) : !(rule.referrers && (await isThere(to, about)))) continue;
    const record = await catalog.manifest(repository, digest);
    if (record !== undefined) await bring(run, { repository, name, descriptor: record.descriptor }, { from, to });
  }
  if (rule.referrers) {
    // What was attached to an image after it was replicated.
    for await (const { repository, name, digest, subject } of replicated.pendingReferrers(rule.name)) {
      if (subject === undefined || !run.hasRepository(repository)) continue;
      const { from, to } = sides(repository);
      if (!(await isThere(to, subject))) continue;
      const { descriptor = { digest, mediaType: mediaTypes.ociManifest, size: 0 } } =
        (await catalog.manifest(repository, digest)) ?? {};
      await bring(run, { repository, name, descriptor }, { from, to });
    }
  }
  if (!rule.deletions) return;
  for await (const unit of replicated.removedTags(rule.name)) {
    try {
      await sides(unit.repository).to.references.untag(unit.name, { signal: run.signal });
      await replicated.forget(rule.name, unit);
      run.figures.removed++;
    } catch (error) {
      await noteFailure(run, unit, error);
    }
  }
}

async function isThere(
  repository: Repository,
  digest: Parameters<Repository['references']['resolve']>[0],
): Promise<boolean> {
  return (await repository.references.resolve(digest)) !== undefined;
}
