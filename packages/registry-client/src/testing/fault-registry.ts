import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '@lading/oci';
import { type RequestSeen, startHttpServer } from '@lading/testkit';

/** What goes wrong with one request. Bytes are counted in the body that moves: the answer's of a GET, the request's of a PATCH or PUT. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: 'reset' | 'end' | 'silence'; readonly after: number }
  | { readonly kind: 'wrong-bytes' | 'slow' };

export interface FaultRegistryOptions {
  readonly blobs?: readonly Buffer[];
  /** Asked for each request but the first look at `/v2/`. */
  readonly fault?: (request: IncomingMessage, count: number) => Fault | undefined;
  /** Whether a range is given; a registry may say that it gives some and give none. */
  readonly ranges?: 'given' | 'ignored' | 'promised';
  /** The most that one connection gives. */
  readonly bytesPerSecond?: number;
  /** Whether what arrived of a PATCH that broke is kept. */
  readonly keepsBroken?: boolean;
  /** A larger request is refused with 413, as proxies do. */
  readonly mostRequestBytes?: number;
  readonly leastChunkBytes?: number;
  readonly refusesPatch?: boolean;
  readonly singlePost?: boolean;
}

export interface FaultRegistry {
  readonly host: string;
  readonly seen: readonly RequestSeen[];
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** All bytes of content that came in, kept or not. */
  readonly receivedBytes: number;
  readonly sessions: ReadonlyMap<string, Buffer>;
}

/** A registry in this process, for one repository, that fails as it is told. */
export async function startFaultRegistry(t: TestContext, options: FaultRegistryOptions = {}): Promise<FaultRegistry> {
  const { ranges = 'given', keepsBroken = true, mostRequestBytes = Number.POSITIVE_INFINITY } = options;
  const blobs = new Map<string, Buffer>((options.blobs ?? []).map((data) => [digestOf(data), data]));
  const sessions = new Map<string, Buffer>();
  let count = 0;
  let receivedBytes = 0;

  const server = await startHttpServer(t, async (request, response): Promise<unknown> => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.pathname === '/v2/') return response.end('{}');
    const fault = options.fault?.(request, count++);
    if (fault?.kind === 'status') return response.writeHead(fault.status, fault.headers).end('{}');
    const blob = /\/blobs\/(sha256:.*)$/.exec(url.pathname)?.[1];
    if (blob !== undefined) return give(request, response, blobs.get(blob), fault);
    const id = /^\/upload\/(.*)$/.exec(url.pathname)?.[1];
    const digest = url.searchParams.get('digest');
    if (id === undefined) {
      const begun = String(sessions.size);
      if (digest !== null && options.singlePost === true) {
        sessions.set(begun, Buffer.alloc(0));
        await receive(request, begun, fault);
        return store(response, begun, digest);
      }
      sessions.set(begun, Buffer.alloc(0));
      const least = options.leastChunkBytes;
      return accepted(response, begun, least === undefined ? {} : { 'oci-chunk-min-length': String(least) });
    }
    const held = sessions.get(id);
    if (held === undefined) return problem(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    if (request.method === 'DELETE') {
      sessions.delete(id);
      return response.writeHead(204).end();
    }
    if (request.method === 'GET') return accepted(response, id, {}, 204);
    if (request.method === 'PATCH' && options.refusesPatch === true) return problem(response, 405, 'UNSUPPORTED');
    const [, start, end] = /^(\d+)-(\d+)$/.exec(request.headers['content-range'] ?? '') ?? [];
    if (start !== undefined && Number(start) !== held.length) return problem(response, 416, 'BLOB_UPLOAD_INVALID');
    if (end !== undefined && Number(request.headers['content-length']) !== Number(end) - Number(start) + 1) {
      return problem(response, 400, 'SIZE_INVALID');
    }
    if (Number(request.headers['content-length'] ?? 0) > mostRequestBytes) return problem(response, 413, '');
    if (!(await receive(request, id, fault))) return undefined;
    if ((sessions.get(id)?.length ?? 0) - held.length > mostRequestBytes) {
      sessions.set(id, held);
      return problem(response, 413, '');
    }
    return digest === null ? accepted(response, id) : store(response, id, digest);
  });

  /** Takes a body into a session; false when the connection is gone. */
  async function receive(request: IncomingMessage, id: string, fault: Fault | undefined): Promise<boolean> {
    const before = sessions.get(id) ?? Buffer.alloc(0);
    const parts = [before];
    let size = 0;
    const broken = (): false => {
      if (keepsBroken) sessions.set(id, Buffer.concat(parts));
      request.socket.destroy();
      return false;
    };
    try {
      for await (const chunk of request) {
        let part = chunk as Buffer;
        const after = fault !== undefined && 'after' in fault ? fault.after : undefined;
        if (after !== undefined) part = part.subarray(0, Math.max(0, after - size));
        size += part.length;
        receivedBytes += part.length;
        parts.push(part);
        if (after !== undefined && size >= after) {
          if (keepsBroken) sessions.set(id, Buffer.concat(parts));
          if (fault?.kind === 'silence') await sleep(10_000, undefined, { ref: false });
          return broken();
        }
      }
    } catch {
      return broken();
    }
    sessions.set(id, Buffer.concat(parts));
    return true;
  }

  function accepted(response: ServerResponse, id: string, headers = {}, status = 202): unknown {
    const size = sessions.get(id)?.length ?? 0;
    const location = `/upload/${id}?state=${size}`;
    return response.writeHead(status, { location, range: `0-${Math.max(0, size - 1)}`, ...headers }).end();
  }

  function store(response: ServerResponse, id: string, digest: string): unknown {
    const data = sessions.get(id) ?? Buffer.alloc(0);
    sessions.delete(id);
    if (digestOf(data) !== digest) return problem(response, 400, 'DIGEST_INVALID');
    blobs.set(digest, data);
    return response.writeHead(201, { location: '/x' }).end();
  }

  async function give(
    request: IncomingMessage,
    response: ServerResponse,
    data: Buffer | undefined,
    fault: Fault | undefined,
  ): Promise<unknown> {
    if (data === undefined) return problem(response, 404, 'BLOB_UNKNOWN');
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const start = ranges === 'given' ? Number(from ?? 0) : 0;
    const end =
      ranges === 'given' && to !== undefined && to !== '' ? Math.min(Number(to) + 1, data.length) : data.length;
    if (start >= data.length && from !== undefined) {
      return response.writeHead(416, { 'content-range': `bytes */${data.length}` }).end();
    }
    const partial = ranges === 'given' && from !== undefined;
    response.writeHead(partial ? 206 : 200, {
      'content-length': end - start,
      etag: `"${digestOf(data)}"`,
      ...(ranges === 'ignored' ? {} : { 'accept-ranges': 'bytes' }),
      ...(partial ? { 'content-range': `bytes ${start}-${end - 1}/${data.length}` } : {}),
    });
    if (request.method === 'HEAD') return response.end();
    let content = data.subarray(start, end);
    if (fault?.kind === 'wrong-bytes') content = Buffer.from(content).fill(0, 0, 1);
    const after = fault !== undefined && 'after' in fault ? fault.after : content.length;
    if (fault?.kind === 'slow') {
      response.write(content.subarray(0, 1));
      return undefined;
    }
    await write(response, content.subarray(0, after), options.bytesPerSecond);
    if (after >= content.length) return response.end();
    if (fault?.kind === 'reset') return response.socket?.resetAndDestroy();
    return fault?.kind === 'end' ? response.destroy() : undefined;
  }

  return {
    host: server.host,
    seen: server.seen,
    blobs,
    sessions,
    get receivedBytes() {
      return receivedBytes;
    },
  };
}

async function write(response: ServerResponse, data: Buffer, bytesPerSecond: number | undefined): Promise<void> {
  if (bytesPerSecond === undefined) return new Promise((resolve) => response.write(data, () => resolve()));
  // By the clock, so that a busy machine does not make the connection slower.
  const began = performance.now();
  for (let at = 0; at < data.length && !response.destroyed; ) {
    await sleep(10, undefined, { ref: false });
    const due = Math.min(data.length, Math.ceil(((performance.now() - began) * bytesPerSecond) / 1000));
    response.write(data.subarray(at, due));
    at = due;
  }
}

function problem(response: ServerResponse, status: number, code: string): unknown {
  return response.writeHead(status).end(JSON.stringify({ errors: [{ code, message: '' }] }));
}
