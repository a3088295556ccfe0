import type { Catalog } from '@lading/catalog';
import { isLadingError, messageOf, throwIfAborted } from '@lading/errors';
import type { Descriptor } from '@lading/oci';
import type { ContentStore, Repository } from '@lading/store';
import type { DamagedContent } from './damage.ts';
import type { Peers } from './peers.ts';

/** What became of damaged content. */
export type Healing =
  | { readonly state: 'healed'; readonly from: string }
  /** No repository has it: it was on its way to be collected. */
  | { readonly state: 'unneeded' }
  | { readonly state: 'lost'; readonly repositories: readonly string[]; readonly failures: readonly string[] };

export interface HealOptions {
  readonly catalog: Catalog;
  readonly content: ContentStore;
  readonly peers: Peers;
  readonly signal: AbortSignal;
}

/** Brings content again from wherever else one of its repositories is, verified on arrival. */
export async function heal(damaged: DamagedContent, options: HealOptions): Promise<Healing> {
  const { catalog, peers, signal } = options;
  const { digest } = damaged;
  const holders = await catalog.holders(digest);
  const linked = await catalog.repositoriesOf(digest);
  const repositories = [...new Set([...holders.map(({ repository }) => repository), ...linked])];
  if (repositories.length === 0) return { state: 'unneeded' };
  const descriptor = holders[0]?.descriptor ?? { mediaType: 'application/octet-stream', digest, size: 0 };
  const failures: string[] = [];
  for (const peer of repositories.flatMap((repository) => peers.of(repository))) {
    try {
      await bringAgain(peer, descriptor, damaged, options);
      return { state: 'healed', from: peer.name };
    } catch (error) {
      throwIfAborted(signal);
      if (isLadingError(error, 'DISK_FULL')) throw error;
      failures.push(`${peer.name}: ${messageOf(error)}`);
    }
  }
  return { state: 'lost', repositories, failures };
}

async function bringAgain(
  peer: Repository,
  descriptor: Descriptor,
  { digest, hidden }: DamagedContent,
  { content, signal }: HealOptions,
): Promise<void> {
  const ingest = await content.begin({ expected: { digest }, signal });
  try {
    await ingest.append(await peer.content.open(descriptor, { signal }), { signal });
    // A store that still shows the damaged content would think that it has it. The good one is here by now.
    if (!hidden) await content.delete(digest, { signal });
    await ingest.commit({ digest }, { signal });
  } catch (error) {
    await ingest.abort().catch(() => {});
    throw error;
  }
}
