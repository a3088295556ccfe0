import type { Descriptor, Digest, ManifestDocument } from '@lading/oci';
import type { Identity } from '../access/identity.ts';
import type { Answer } from '../answer.ts';

/**
 * What may happen in a repository, whoever asks. Handlers ask before they act, and a refusal is the answer they give. What depends on the
 * state of the catalog (a fixed tag, a quota) is only asked for here to refuse early; the catalog decides it again in its transaction.
 */
export interface Policy {
  /** Before bytes come in, by upload or mount: the quota. `bytes` is how many are known to come. */
  refuseBytes(repository: string, bytes: number, identity: Identity): Promise<Answer | undefined>;
  /** Before a manifest is recorded: its media type, its artifact type, the quota. */
  refuseManifest(
    repository: string,
    manifest: { readonly descriptor: Descriptor; readonly document: ManifestDocument },
    identity: Identity,
  ): Promise<Answer | undefined>;
  /** A `fixed` tag can be made, but neither moved nor removed. */
  tagRule(repository: string, tag: string, identity: Identity): 'free' | 'fixed';
  /** Before a manifest or tag is removed. */
  refuseDelete(repository: string, reference: string, identity: Identity): Promise<Answer | undefined>;
  /** Whether a manifest may name content that the repository does not have. */
  acceptsSparse(repository: string): boolean;
  /** Whether content may be handed out, and what to say with it. From memory, for it is asked at every pull; at most a second old. */
  cautionOf(repository: string, digest: Digest): Caution | undefined;
}

/** Quarantine refuses; a deprecation warns, and refuses once its date is over. */
export interface Caution {
  readonly refusal?: Answer | undefined;
  /** For the header `Warning: 299 - "…"` (distribution-spec 1.1 §warnings). */
  readonly warning?: string | undefined;
}

/** Everything is allowed. */
export const noPolicy: Policy = {
  refuseBytes: async () => undefined,
  refuseManifest: async () => undefined,
  tagRule: () => 'free',
  refuseDelete: async () => undefined,
  acceptsSparse: () => true,
  cautionOf: () => undefined,
};
