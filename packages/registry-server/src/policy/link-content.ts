import { type Actor, createCollection, linkBlob } from '@lading/catalog';
import { isLadingError } from '@lading/errors';
import type { Descriptor } from '@lading/oci';
import type { Answer } from '../answer.ts';
import type { Registry } from '../exchange.ts';
import { refuseBrought } from './refuse-brought.ts';
import { writeContent } from './write-content.ts';

/**
 * Makes a blob, whose content was just committed or found, part of a repository; it then stays for the time of a lease at least. Undefined
 * when it is done, else the refusal. Throws BLOB_NOT_FOUND when the content has gone meanwhile, CONTENT_BUSY, and of content that was brought
 * from elsewhere, and not pushed, POLICY_REFUSED.
 */
export async function linkContent(
  registry: Pick<Registry, 'catalog' | 'content' | 'policy'>,
  by: Actor | undefined,
  repository: string,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  { brought = false }: { readonly brought?: boolean } = {},
): Promise<Answer | undefined> {
  const { policy, catalog } = registry;
  /** It is nobody's and never was, so no collection would hear of it. */
  const giveUp = () => createCollection(catalog).reviewUnknown(blob.digest, new Date());
  for (;;) {
    const linking = writeContent(registry, by, blob, async (page) => {
      if (brought) await refuseBrought(page, repository, [blob.digest]);
      const refusal = await policy.refuseLink(page, repository, blob);
      return refusal ?? ((await linkBlob(page, repository, blob.digest, blob.size)) ? 'linked' : 'known');
    });
    const outcome = await linking.catch(async (error) => {
      if (isLadingError(error, 'POLICY_REFUSED')) await giveUp();
      throw error;
    });
    if (typeof outcome === 'object') {
      await giveUp();
      return outcome;
    }
    if (outcome === 'linked') policy.leasedBlob(repository, blob.digest);
    // It was linked before, and a collection may have taken the link since.
    else if (!(await policy.leaseBlob(repository, blob.digest))) continue;
    return undefined;
  }
}
