import type { Exchange } from './recording-proxy.ts';

export type UploadExchange = Pick<Exchange, 'method' | 'path' | 'contentRange' | 'requestBytes' | 'status' | 'holds'>;

export interface SentAgain {
  /** Bytes of the layer that the registry had said that it has. */
  readonly acknowledged: number;
  /** Where a later chunk started. */
  readonly start: number;
}

/**
 * The first chunk of a pushed layer that starts before what the registry had acknowledged; undefined when none does.
 *
 * A chunk that states no range is appended to what is there, and that the blob then has its digest shows that it belonged there. That it was
 * taken acknowledges it to its end: the `Range` of that answer is left aside, for zot counts it from the start of the chunk and not of the blob.
 */
export function firstSentAgain(exchanges: readonly UploadExchange[]): SentAgain | undefined {
  const held = new Map<string, number>();
  let acknowledged = 0;
  for (const { method, path, contentRange, requestBytes, status = 0, holds } of exchanges) {
    const upload = /\/blobs\/uploads\/([^/?]+)/.exec(path)?.[1];
    if (upload === undefined) continue;
    const before = held.get(upload) ?? 0;
    const start = Number(/^(\d+)-/.exec(contentRange ?? '')?.[1] ?? before);
    // Small contents have uploads of their own; only that of the layer gets this far.
    const isLayer = requestBytes > 1 << 20 || before > 0;
    if (isLayer && requestBytes > 0 && start < acknowledged) return { acknowledged, start };
    if (isLayer && status === 404) acknowledged = 0;
    const taken = method === 'PATCH' && status >= 200 && status < 300;
    const holding = taken ? start + requestBytes : endOf(holds);
    if (holding === undefined) continue;
    held.set(upload, holding);
    acknowledged = Math.max(acknowledged, holding);
  }
  return undefined;
}

/** `0-0` means nothing, in practice. */
function endOf(range: string | undefined): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(range ?? '')?.[1];
  return last === undefined || last === '0' ? undefined : Number(last) + 1;
}
