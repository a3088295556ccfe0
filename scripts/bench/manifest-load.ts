// The load generator, a process of its own: GETs over keep-alive connections, one request in flight on each, as fast as answers come. It
// reads no more of HTTP than the status and Content-Length, so that it takes as little of the machine as it can from what it measures.
// Its argument is a Load as JSON; it prints a LoadResult as JSON.
import { connect } from 'node:net';

export interface Load {
  readonly port: number;
  /** Asked for one after another, over and over. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  /** Not counted. */
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export interface LoadResult {
  /** Answers within the measured time, all with status 200 and a body. */
  readonly answers: number;
  readonly durationMs: number;
  /** Longest wait of the fastest 50 and 99 of 100 answers, and of all. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** CPU time of this process within the measured time. */
  readonly cpuMs: number;
}

const headEnd = Buffer.from('\r\n\r\n');

export async function generateLoad(load: Load): Promise<LoadResult> {
  const head = Object.entries(load.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const requests = load.paths.map((path) =>
    Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${load.port}\r\n${head.join('')}\r\n`),
  );
  const began = performance.now();
  const [from, to] = [began + load.warmUpMs, began + load.warmUpMs + load.durationMs];
  const waits: number[] = [];
  let next = 0;
  let usage = process.cpuUsage();
  setTimeout(() => {
    usage = process.cpuUsage();
  }, load.warmUpMs);

  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: load.port, noDelay: true });
      let sent = 0;
      let pending: Buffer | undefined;
      const ask = (): void => {
        sent = performance.now();
        if (sent >= to) {
          socket.destroy();
          resolve();
        } else socket.write(requests[next++ % requests.length] as Buffer);
      };
      socket.on('connect', ask);
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the connection was closed')));
      socket.on('data', (chunk) => {
        pending = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
        const end = pending.indexOf(headEnd);
        if (end < 0) return;
        const text = pending.toString('latin1', 0, end);
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
        if (!text.startsWith('HTTP/1.1 200') || length === 0) {
          reject(new Error(`an answer is not what was asked for: ${text}`));
          socket.destroy();
          return;
        }
        if (pending.length < end + headEnd.length + length) return;
        pending = undefined;
        const now = performance.now();
        if (now >= from && now < to) waits.push(now - sent);
        ask();
      });
    });

  await Promise.all(Array.from({ length: load.connections }, work));
  const { user, system } = process.cpuUsage(usage);
  waits.sort((a, b) => a - b);
  const share = (part: number): number => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? 0;
  return {
    answers: waits.length,
    durationMs: load.durationMs,
    latencyMs: { p50: share(0.5), p99: share(0.99), max: share(1) },
    cpuMs: (user + system) / 1000,
  };
}

if (import.meta.main)
  process.stdout.write(JSON.stringify(await generateLoad(JSON.parse(process.argv[2] ?? '') as Load)));
