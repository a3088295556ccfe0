import type { Bytes } from '@lading/bytes';

export interface HttpRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Bytes | undefined;
  /** How long a streamed body is; without, it is sent in chunks. */
  readonly bodyBytes?: number | undefined;
}
