import type { LedgerPage } from '@lading/catalog';
import type { Descriptor, Digest, ManifestDocument } from '@lading/oci';
import type { Identity } from '../access/identity.ts';
import type { Answer } from '../answer.ts';
import type { PolicyConfig } from './policy-config.ts';

/**
 * What may happen in a repository, whoever asks. Handlers ask before they act, and a refusal is the answer they give. What depends on the
 * state of the catalog (a fixed tag, a quota, quarantine) is asked for here to refuse early, and once more in the transaction that decides:
 * the methods that take a page.
 */
export interface Policy {
  /** As it is in use. */
  readonly config: PolicyConfig;
  /** Before bytes come in, by upload or mount: the quota. `bytes` is how many are known to come. */
  refuseBytes(repository: string, bytes: number, identity: Identity): Promise<Answer | undefined>;
  /** Before a manifest is recorded: its media type, its artifact type. */
  refuseManifest(repository: string, manifest: NewManifest, identity: Identity): Promise<Answer | undefined>;
  /** A `fixed` tag can be made, but neither moved nor removed. */
  tagRule(repository: string, tag: string, identity: Identity): 'free' | 'fixed';
  /** Before a tag is removed. */
  refuseDelete(repository: string, reference: string, identity: Identity): Promise<Answer | undefined>;
  /** Whether a manifest may name content that the repository does not have. */
  acceptsSparse(repository: string): boolean;
  /** Whether what is removed from the repository can be restored for a while. */
  keepsTrash(repository: string): boolean;
  /**
   * Whether content may be handed out, and what to say with it. From memory, for it is asked at every pull; at most a second old. `tag` is
   * what was asked for, where it was not the digest.
   */
  cautionOf(repository: string, digest: Digest, tag?: string): Caution | undefined;
  /**
   * Whether a manifest may be handed out for what is in the image, where a rule of the repository asks. Asked at every pull: undefined at once
   * where no rule does.
   */
  judgePull(repository: string, manifest: Descriptor): Caution | undefined | Promise<Caution | undefined>;
  /** Resolves when this replica refuses and warns as the database says. */
  refresh(): Promise<void>;

  /** Before content is written that is then linked: no collection takes it for a while. Throws CONTENT_BUSY. */
  protectContent(digest: Digest): Promise<void>;
  /** Before a client is told that a blob is here and need not be pushed: it then stays for a while. False when it has just gone. */
  leaseBlob(repository: string, digest: Digest): Promise<boolean>;
  /** The blob has just been linked, which is as good as a lease. */
  leasedBlob(repository: string, digest: Digest): void;

  /** In the transaction that links a blob: the quota. */
  refuseLink(
    page: LedgerPage,
    repository: string,
    blob: Pick<Descriptor, 'digest' | 'size'>,
  ): Promise<Answer | undefined>;
  /** In the transaction that records a manifest: the quota, content that is in quarantine, and parts that are missing where none may be. */
  refuseRecord(page: LedgerPage, repository: string, manifest: NewManifest): Promise<Answer | undefined>;
  /** In the transaction that removes a manifest with its tags: those that are fixed. */
  refuseRemoval(page: LedgerPage, repository: string, digest: Digest): Promise<Answer | undefined>;
}

export interface NewManifest {
  readonly descriptor: Descriptor;
  readonly document: ManifestDocument;
}

/** Quarantine refuses; a deprecation warns, and refuses once its date is over. */
export interface Caution {
  readonly refusal?: Answer | undefined;
  /** For the header `Warning: 299 - "…"` (distribution-spec 1.1 §warnings). */
  readonly warning?: string | undefined;
}

/** Everything is allowed. */
export const noPolicy: Policy = {
  config: { rules: [], trashMs: 0, leaseMs: 3_600_000, graceMs: 3_600_000, uploadsMs: 86_400_000 },
  refuseBytes: async () => undefined,
  refuseManifest: async () => undefined,
  tagRule: () => 'free',
  refuseDelete: async () => undefined,
  acceptsSparse: () => true,
  keepsTrash: () => false,
  cautionOf: () => undefined,
  judgePull: () => undefined,
  refresh: async () => {},
  protectContent: async () => {},
  leaseBlob: async () => true,
  leasedBlob: () => {},
  refuseLink: async () => undefined,
  refuseRecord: async () => undefined,
  refuseRemoval: async () => undefined,
};
