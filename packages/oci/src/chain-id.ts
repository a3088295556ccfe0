import { algorithmOf, type Digest, digestOf } from './digest.ts';

/**
 * For each layer, the name of it together with everything below: the identity of a snapshot. OCI image-spec 1.1 §layer ChainID.
 * The first equals its diffId.
 */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`, algorithmOf(diffId)));
  }
  return chain;
}
