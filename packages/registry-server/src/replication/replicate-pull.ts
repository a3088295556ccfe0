import { throwIfAborted } from '@lading/errors';
import type { Descriptor } from '@lading/oci';
import type { Repository } from '@lading/store';
import { localRepository } from './local-repository.ts';
import { bring, companionOf, noteFailure, type ReplicationRun } from './replication-run.ts';

/** What is at the other registry and not here: it has to be asked for each tag, and for what refers to its image. */
export async function replicatePull(run: ReplicationRun): Promise<void> {
  const { rule, signal } = run;
  for await (const name of names(run)) {
    throwIfAborted(signal);
    const from = run.remote.repository(`${rule.path}${name}`);
    const repository = `${rule.prefix}${name}`;
    const to = localRepository({ ...run, name: repository, source: from.content });
    try {
      await replicateRepository(run, repository, { from, to });
    } catch (error) {
      await noteFailure(run, { repository, name: '' }, error);
    }
  }
}

async function replicateRepository(
  run: ReplicationRun,
  repository: string,
  sides: { readonly from: Repository; readonly to: Repository },
): Promise<void> {
  const { rule, replicated, signal } = run;
  const { from, to } = sides;
  const there = new Set<string>();
  for await (const name of from.references.tags({ signal })) {
    const about = companionOf(name);
    if (about === undefined) {
      if (!run.hasTag(name)) continue;
    } else if (!rule.referrers || (await to.references.resolve(about)) === undefined) continue;
    there.add(name);
    const descriptor = await from.references.resolve(name, { signal });
    if (descriptor === undefined) continue;
    if ((await to.references.resolve(name))?.digest !== descriptor.digest) {
      await bring(run, { repository, name, descriptor }, sides);
      continue;
    }
    await replicated.done(rule.name, { repository, name, digest: descriptor.digest });
    if (rule.referrers) await bringReferrers(run, repository, descriptor, sides);
  }
  if (!rule.deletions) return;
  for (const name of await replicated.names(rule.name, repository)) {
    if (there.has(name)) continue;
    await to.references.untag(name);
    await replicated.forget(rule.name, { repository, name });
    run.figures.removed++;
  }
}

/** What was attached to an image after it was replicated. */
async function bringReferrers(
  run: ReplicationRun,
  repository: string,
  subject: Descriptor,
  sides: { readonly from: Repository; readonly to: Repository },
): Promise<void> {
  for await (const descriptor of sides.from.references.referrers(subject.digest, { signal: run.signal })) {
    if ((await sides.to.references.resolve(descriptor.digest)) !== undefined) continue;
    await bring(run, { repository, name: `@${descriptor.digest}`, descriptor }, sides);
  }
}

/** Those of the rule; a registry that does not list its repositories can still be asked for those that the rule names. */
async function* names({ rule, remote, hasRepository, signal }: ReplicationRun): AsyncGenerator<string> {
  const named = rule.repositories.filter((pattern) => !pattern.includes('*'));
  yield* named;
  if (named.length === rule.repositories.length) return;
  for await (const full of remote.catalog({ signal })) {
    if (!full.startsWith(rule.path)) continue;
    const name = full.slice(rule.path.length);
    if (hasRepository(name) && !named.includes(name)) yield name;
  }
}
