import { isLadingError, messageOf, throwIfAborted } from '@lading/errors';
import { type Digest, parseReference } from '@lading/oci';
import type { Context } from '../context.ts';
import { openRegistryOf, type RegistryOptions } from '../open-registry.ts';

/** What came of bringing content again: `failures` say for each registry that was asked why it did not. */
export type Healing =
  | { readonly healed: true; readonly from: string }
  | { readonly healed: false; readonly failures: readonly string[] };

/** Fetches content again from where those repositories here that have it are pulled from, mirrors included. Verified on arrival. */
export async function heal(context: Context, digest: Digest, options: RegistryOptions): Promise<Healing> {
  const { put } = await import('@lading/store');
  const { catalog, content } = await context.home();
  const { signal } = context;
  const failures: string[] = [];
  for (const { repository, descriptor } of await catalog.holders(digest)) {
    const reference = parseReference(repository, { defaultTag: null });
    // Built here, without a name: there is no such registry.
    if (reference.registry === 'localhost') continue;
    try {
      const registry = await openRegistryOf(reference, options);
      try {
        const source = registry.source(reference.repository).content;
        await put(content, await source.open(descriptor, { signal }), { digest, size: descriptor.size }, { signal });
        return { healed: true, from: repository };
      } finally {
        await registry.close();
      }
    } catch (error) {
      throwIfAborted(signal);
      if (isLadingError(error, 'DISK_FULL')) throw error;
      failures.push(messageOf(error));
    }
  }
  return { healed: false, failures };
}
