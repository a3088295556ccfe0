import type { Severity } from './severity.ts';

/** A secret that a layer holds, without the secret. */
export interface FoundSecret {
  /** `github-pat`. */
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** The path in the layer, with `!/` before what lies in an archive. */
  readonly location: string;
  /** 1-based; absent for a finding by the file's name. */
  readonly line?: number | undefined;
  /** The line with the secret replaced, cut to what fits a screen. */
  readonly excerpt?: string | undefined;
  /**
   * SHA-256 of rule and secret, in hexadecimal. It goes into nothing that leaves the machine as it is: who stores it for a search over many
   * images keys it first (HMAC).
   */
  readonly fingerprint: string;
}

/** Where in an image a secret is. */
export interface ImageSecret extends FoundSecret {
  /** In a file of a layer; else in the image's configuration: `config.Env`, `config.Labels`, `history`. */
  readonly place: 'file' | 'env' | 'label' | 'history';
  /** The index of the layer, from the lowest; absent for what the configuration says. */
  readonly layer?: number | undefined;
  /** The layer in which the file was deleted or replaced: whoever pulls the image still gets it. */
  readonly hiddenBy?: number | undefined;
}
