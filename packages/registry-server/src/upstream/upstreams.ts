import type { ServerResponse } from 'node:http';
import type { Digest } from '@lading/oci';
import type { Page } from '@lading/store';
import type { Identity } from '../access/identity.ts';
import type { UpstreamConfig } from './upstream-config.ts';

/**
 * Repositories that are a cache of other registries. Handlers ask for what they miss; what comes is part of the repository from then on, and
 * is served from here whatever becomes of the upstream.
 *
 * What goes wrong at an upstream is thrown as UPSTREAM_FAILED, UPSTREAM_LIMITED (429) or UPSTREAM_DENIED, where nothing can be served
 * instead.
 */
export interface Upstreams {
  /** Whether the repository is a cache. At once: this is asked with every request. */
  has(repository: string): boolean;
  /**
   * Brings the manifest, and looks where its tag points to now, where that was not done lately. What the catalog says afterwards holds. The
   * text is a warning for the client, where the upstream could not be asked.
   */
  freshen(repository: string, reference: string, identity: Identity): Promise<string | undefined>;
  /** A blob that the repository does not have yet, where the upstream has it. */
  blob(repository: string, digest: Digest): Promise<UpstreamBlob | undefined>;
  /** Brings the manifests that refer to this one. */
  freshenReferrers(repository: string, subject: Digest): Promise<void>;
  /** All tags, as the upstream has them; those of the cache where it does not tell. */
  tags(repository: string, page: Page): AsyncIterable<string>;
  /** How they are, in the order of their prefixes. */
  states(): readonly UpstreamState[];
  /** Takes other upstreams; what comes in from others still comes to its end. */
  configure(configs: readonly UpstreamConfig[]): void;
  /** Breaks off what comes in. */
  close(): Promise<void>;
}

/** A blob at an upstream. */
export interface UpstreamBlob {
  /** As the manifest has it, or the upstream. */
  readonly size: number;
  /**
   * Gets it, or joins who does already; resolves once the first bytes may be sent. They are not verified before the last one is. Undefined
   * when it is in the content store by now.
   */
  open(): Promise<BlobSender | undefined>;
}

/** Writes a part, as far as it has come and then as it comes, and ends the response; rejects, without an end, when it turns out wrong. */
export type BlobSender = (
  response: ServerResponse,
  range: { readonly start: number; readonly end: number },
  signal: AbortSignal,
) => Promise<void>;

export interface UpstreamState {
  readonly prefix: string;
  readonly registry: string;
  /** `limited`: it asked to slow down. `failing`: it did not answer, or with an error. */
  readonly condition: 'good' | 'limited' | 'failing';
  /** Until when it is left alone, where it is. */
  readonly until?: Date | undefined;
  /** What went wrong last. */
  readonly error?: { readonly message: string; readonly at: Date } | undefined;
  /** How many pulls it still allows, as it said last. */
  readonly limit?: { readonly limit: number; readonly remaining: number } | undefined;
  /** Blobs that come in right now. */
  readonly fetches: number;
}
