import { type Actor, linkBlob } from '@lading/catalog';
import type { Descriptor } from '@lading/oci';
import type { Answer } from '../answer.ts';
import type { Registry } from '../exchange.ts';
import { writeContent } from './write-content.ts';

/**
 * Makes a blob, whose content was just committed or found, part of a repository; it then stays for the time of a lease at least. Undefined
 * when it is done, else the refusal. Throws BLOB_NOT_FOUND when the content has gone meanwhile, and CONTENT_BUSY.
 */
export async function linkContent(
  registry: Pick<Registry, 'catalog' | 'content' | 'policy'>,
  by: Actor | undefined,
  repository: string,
  blob: Pick<Descriptor, 'digest' | 'size'>,
): Promise<Answer | undefined> {
  const { policy } = registry;
  for (;;) {
    const outcome = await writeContent(registry, by, blob, async (page) => {
      const refusal = await policy.refuseLink(page, repository, blob);
      return refusal ?? ((await linkBlob(page, repository, blob.digest, blob.size)) ? 'linked' : 'known');
    });
    if (typeof outcome === 'object') return outcome;
    if (outcome === 'linked') policy.leasedBlob(repository, blob.digest);
    // It was linked before, and a collection may have taken the link since.
    else if (!(await policy.leaseBlob(repository, blob.digest))) continue;
    return undefined;
  }
}
