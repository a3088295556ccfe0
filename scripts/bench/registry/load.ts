// The load generator, a process of its own: requests over keep-alive connections, one in flight on each, as fast as answers come. It speaks
// raw sockets and reads no more of HTTP than it must, so that it takes as little of the machine as it can from what it measures.
// Its argument is a Load as JSON; it prints a LoadResult as JSON.
import { cpuMsOf } from '../process-usage.ts';
import { type Connection, openConnection } from './connection.ts';
import { createContent } from './content.ts';

export interface Load {
  readonly port: number;
  /** The registry, whose CPU time is read at the beginning and the end of what is counted. */
  readonly pid: number;
  readonly work: ReadWork | ListWork | PushWork | PutWork;
  readonly connections: number;
  /** Not counted. */
  readonly warmUpMs: number;
  /** Nothing is begun after this; what is under way is waited for. Every connection does its work once at least. */
  readonly durationMs: number;
  /** So much is done at most. */
  readonly most: number;
}

/** Paths, asked for one after another, over and over; every answer has this status and, unless it is of HEAD, so many bytes. */
export interface ReadWork {
  readonly kind: 'read';
  readonly method: 'GET' | 'HEAD';
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
}

/** A list with all that follows it by `Link`. */
export interface ListWork {
  readonly kind: 'list';
  readonly paths: readonly string[];
  /** The first page only. */
  readonly one: boolean;
}

/** Uploads of blobs of that size, each another one: POST, then PUT of the whole, as clients do. */
export interface PushWork {
  readonly kind: 'push';
  readonly repository: string;
  readonly bytes: number;
  /** What makes them others than those of another run. */
  readonly run: string;
}

/** Manifests, each another one under a tag of its own. */
export interface PutWork {
  readonly kind: 'put';
  readonly repository: string;
  readonly mediaType: string;
  /** JSON, in which each `@` stands for what makes a manifest and its tag others than any before. */
  readonly manifest: string;
  readonly run: string;
}

export interface LoadResult {
  /** How often the work was done within the measured time. */
  readonly count: number;
  readonly durationMs: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** CPU time of this process within the measured time. */
  readonly cpuMs: number;
  /** The same of the registry. */
  readonly serverCpuMs: number;
  /** Of the last blob that was pushed. */
  readonly pushed?: string | undefined;
}

type Work = (connection: Connection) => Promise<void>;

export async function generateLoad(load: Load): Promise<LoadResult> {
  const { port, pid, connections, warmUpMs, durationMs, most } = load;
  let pushed: string | undefined;
  const work = workOf(load, (digest) => {
    pushed = digest;
  });
  const opened = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const run = async (until: number, limit: number, note: (waitMs: number) => void): Promise<void> => {
    let begun = 0;
    const loop = async (connection: Connection): Promise<void> => {
      do {
        begun++;
        const sent = performance.now();
        await work(connection);
        note(performance.now() - sent);
      } while (begun < limit && performance.now() < until);
    };
    await Promise.all(opened.map(loop));
  };
  if (warmUpMs > 0) await run(performance.now() + warmUpMs, most, () => {});
  const waits: number[] = [];
  const serverBefore = await cpuMsOf(pid);
  const [usage, began] = [process.cpuUsage(), performance.now()];
  await run(began + durationMs, most, (waitMs) => waits.push(waitMs));
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(usage);
  const serverAfter = await cpuMsOf(pid);
  for (const connection of opened) connection.close();
  waits.sort((a, b) => a - b);
  const share = (part: number): number => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? 0;
  return {
    count: waits.length,
    durationMs: took,
    latencyMs: { p50: share(0.5), p99: share(0.99), max: share(1) },
    cpuMs: (user + system) / 1000,
    serverCpuMs: (serverAfter ?? Number.NaN) - (serverBefore ?? Number.NaN),
    pushed,
  };
}

function workOf({ work, port }: Load, pushed: (digest: string) => void): Work {
  switch (work.kind) {
    case 'read':
      return readWork(work, port);
    case 'list':
      return listWork(work, port);
    case 'push':
      return pushWork(work, port, pushed);
    case 'put':
      return putWork(work, port);
  }
}

function readWork({ method, paths, headers, bytes }: ReadWork, port: number): Work {
  const requests = paths.map((path) => requestHead(method, path, port, headers));
  let next = 0;
  return async (connection) => {
    const answer = await connection.ask(method, [requests[next++ % requests.length] as Buffer]);
    if (answer.status !== 200 || (method === 'GET' && answer.bodyBytes !== bytes)) {
      throw new Error(`an answer is not what was asked for: ${answer.bodyBytes} bytes, ${answer.head}`);
    }
  };
}

function listWork({ paths, one }: ListWork, port: number): Work {
  const first = paths.map((path) => requestHead('GET', path, port));
  let next = 0;
  return async (connection) => {
    let request = first[next++ % first.length] as Buffer;
    for (;;) {
      const { status, head } = await connection.ask('GET', [request]);
      if (status !== 200) throw new Error(`an answer is not what was asked for: ${head}`);
      const link = one ? undefined : /\r\nlink: *<([^>]+)>/i.exec(head)?.[1];
      if (link === undefined) return;
      request = requestHead('GET', pathOf(link), port);
    }
  };
}

function pushWork({ repository, bytes, run }: PushWork, port: number, pushed: (digest: string) => void): Work {
  const content = createContent(bytes, run);
  const begin = requestHead('POST', `/v2/${repository}/blobs/uploads/`, port, { 'Content-Length': '0' });
  return async (connection) => {
    const { parts, digest } = content.next();
    const { status, head } = await connection.ask('POST', [begin]);
    const location = /\r\nlocation: *([^\r]+)/i.exec(head)?.[1];
    if (status !== 202 || location === undefined) throw new Error(`no upload was begun: ${head}`);
    const path = pathOf(location);
    const request = requestHead('PUT', `${path}${path.includes('?') ? '&' : '?'}digest=${digest}`, port, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(bytes),
    });
    const answer = await connection.ask('PUT', [request, ...parts]);
    if (answer.status !== 201) throw new Error(`a blob was not taken: ${answer.head}`);
    pushed(digest);
  };
}

function putWork({ repository, mediaType, manifest, run }: PutWork, port: number): Work {
  let count = 0;
  return async (connection) => {
    const tag = `${run}-${count++}`;
    const body = Buffer.from(manifest.replaceAll('@', tag));
    const headers = { 'Content-Type': mediaType, 'Content-Length': String(body.length) };
    const answer = await connection.ask('PUT', [
      requestHead('PUT', `/v2/${repository}/manifests/${tag}`, port, headers),
      body,
    ]);
    if (answer.status !== 201) throw new Error(`a manifest was not taken: ${answer.head}`);
  };
}

function requestHead(
  method: string,
  path: string,
  port: number,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines.join('')}\r\n`);
}

function pathOf(location: string): string {
  return location.startsWith('/') ? location : location.replace(/^https?:\/\/[^/]+/, '');
}

if (import.meta.main)
  process.stdout.write(JSON.stringify(await generateLoad(JSON.parse(process.argv[2] ?? '') as Load)));
