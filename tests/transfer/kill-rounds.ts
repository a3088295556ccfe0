import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Descriptor, hexOf } from '@lading/oci';
import { program as lading } from '../lading.ts';
import { randomFrom } from './random-from.ts';
import { type Exchange, type RecordingProxy, startRecordingProxy } from './recording-proxy.ts';
import { type RegistryKind, type RegistryProcess, startRegistryProcess } from './registry-process.ts';
import { firstSentAgain } from './sent-again.ts';

export type Direction = 'push' | 'pull';
export type Side = 'client' | 'server';

/** One round: an image goes one way while one side is killed again and again, until it is there. */
export interface Round {
  readonly seed: number;
  readonly registry: RegistryKind;
  readonly direction: Direction;
  readonly side: Side;
  readonly kills: number;
}

export interface RoundReport extends Round {
  /** Bytes of the layer that went over the wire in all, those that were lost with a kill included. */
  readonly wireBytes: number;
  readonly runs: number;
  readonly clientPeakBytes: number;
  readonly serverPeakBytes: number;
  readonly ms: number;
}

export interface KillGround {
  run(round: Round): Promise<RoundReport>;
  close(): Promise<void>;
}

export interface KillGroundOptions {
  /** Empty; the caller removes it. */
  readonly folder: string;
  /** An OCI layout with an image tagged `bench` of one layer. */
  readonly layout: string;
  readonly image: Descriptor;
  readonly layer: Descriptor;
}

/** Of one run of the client, retries included. */
const runMs = 120_000;

/** Registries and a home with the image, for rounds one after the other. */
export async function openKillGround({ folder, layout, image, layer }: KillGroundOptions): Promise<KillGround> {
  const servers = new Map<RegistryKind, RegistryProcess>();
  const full = join(folder, 'full');
  await succeed(['copy', `oci:${layout}:bench`, 'local:bench:latest', '--root', full]);

  const serverOf = async (kind: RegistryKind): Promise<RegistryProcess> => {
    let server = servers.get(kind);
    if (server !== undefined) return server;
    server = await startRegistryProcess(kind, join(folder, kind));
    servers.set(kind, server);
    await succeed(['push', 'bench:latest', `${server.host}/kill/source:latest`, '--root', full]);
    return server;
  };

  const run = async (round: Round): Promise<RoundReport> => {
    const server = await serverOf(round.registry);
    const proxy = await startRecordingProxy(server.host);
    const home = join(folder, 'empty');
    const started = performance.now();
    try {
      const course = new Course(round, server, proxy, layer);
      const args =
        round.direction === 'push'
          ? ['push', 'bench:latest', `${proxy.host}/kill/${round.seed}:latest`, '--root', full]
          : ['pull', `${proxy.host}/kill/source:latest`, '--root', home];
      await course.finish(args, () => partialBytes(join(home, 'content')));
      const found =
        round.direction === 'push'
          ? await pushedDigest(server.host, `kill/${round.seed}`, image, layer)
          : await fileDigest(join(home, 'content/blobs/sha256', hexOf(layer.digest)));
      assert.equal(found, round.direction === 'push' ? image.digest : layer.digest);
      return { ...round, ...course.report(), ms: performance.now() - started };
    } finally {
      await proxy.close();
      await rm(home, { recursive: true, force: true });
    }
  };

  return {
    run,
    async close() {
      await Promise.all([...servers.values()].map((server) => server.kill()));
    },
  };
}

/** One round on its way. */
class Course {
  readonly #round: Round;
  readonly #server: RegistryProcess;
  readonly #proxy: RecordingProxy;
  readonly #layer: Descriptor;
  #runs = 0;
  #clientPeak = 0;
  #serverPeak = 0;

  constructor(round: Round, server: RegistryProcess, proxy: RecordingProxy, layer: Descriptor) {
    this.#round = round;
    this.#server = server;
    this.#proxy = proxy;
    this.#layer = layer;
  }

  /** Runs the client until it succeeds, killing on the way. */
  async finish(args: readonly string[], partial: () => Promise<number>): Promise<void> {
    const { seed, kills, direction, side } = this.#round;
    const random = randomFrom(seed);
    // Where on the way the kills come: in bytes that passed the proxy since the run before.
    const points = Array.from({ length: kills }, () => Math.floor((random() * this.#layer.size) / kills));
    for (;;) {
      const held = direction === 'pull' ? await partial() : 0;
      const before = this.#proxy.exchanges.length;
      const code = await this.#client(args, points);
      if (direction === 'pull') this.#checkPull(this.#proxy.exchanges.slice(before), held);
      if (code === 0) break;
      assert.ok(this.#runs < kills + 5, `ended with ${code} after ${this.#runs} runs`);
      if (side === 'server') await sleep(50);
    }
    if (direction === 'push') this.#checkPush();
  }

  report(): Pick<RoundReport, 'wireBytes' | 'runs' | 'clientPeakBytes' | 'serverPeakBytes'> {
    const bulk = this.#proxy.exchanges.map(({ requestBytes, responseBytes }) => requestBytes + responseBytes);
    return {
      wireBytes: bulk.reduce((sum, bytes) => sum + bytes, 0),
      runs: this.#runs,
      clientPeakBytes: this.#clientPeak,
      serverPeakBytes: this.#serverPeak,
    };
  }

  async #client(args: readonly string[], points: number[]): Promise<number | string> {
    this.#runs++;
    const child = spawn(lading, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: runMs, killSignal: 'SIGKILL' });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk).slice(-2000);
    });
    let passed = 0;
    let killing: Promise<void> | undefined;
    this.#proxy.onBytes = (bytes) => {
      passed += bytes;
      // One at a time: bytes still pass while a server starts again.
      if (killing !== undefined || points[0] === undefined || passed < points[0]) return;
      points.shift();
      killing = this.#kill(child).finally(() => {
        killing = undefined;
        passed = 0;
      });
    };
    const sampler = setInterval(() => {
      this.#clientPeak = Math.max(this.#clientPeak, peakBytesOf(child.pid));
      this.#serverPeak = Math.max(this.#serverPeak, peakBytesOf(this.#server.pid));
    }, 25);
    try {
      return await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve(code ?? signal ?? ''));
      });
    } finally {
      clearInterval(sampler);
      this.#proxy.onBytes = undefined;
      await killing;
      if (stderr.includes('defect in Lading')) assert.fail(stderr);
    }
  }

  async #kill(child: { kill(signal: NodeJS.Signals): boolean }): Promise<void> {
    if (this.#round.side === 'client') {
      child.kill('SIGKILL');
      return;
    }
    await this.#server.kill();
    await sleep(100);
    await this.#server.start();
  }

  /** What lay in the store before is not asked for again. */
  #checkPull(exchanges: readonly Exchange[], held: number): void {
    const first = exchanges.find((exchange) => this.#isLayer(exchange) && exchange.method === 'GET');
    if (first === undefined || held === 0) return;
    const start = Number(/^bytes=(\d+)-/.exec(first.range ?? 'bytes=0-')?.[1]);
    assert.ok(start >= held, `${held} bytes were there, and it was asked from ${start}`);
  }

  /** What a registry said that it holds of an upload is not sent again. */
  #checkPush(): void {
    const again = firstSentAgain(this.#proxy.exchanges);
    if (again === undefined) return;
    const { acknowledged, start } = again;
    assert.fail(`${acknowledged} bytes were acknowledged, and it was sent from ${start}:\n${this.#trail()}`);
  }

  /** What went by of uploads, for whoever has to find out. */
  #trail(): string {
    return this.#proxy.exchanges
      .filter(({ path }) => path.includes('/blobs/uploads/'))
      .map(({ method, contentRange = '', requestBytes, status = 'none', holds = '' }) =>
        [method, contentRange, requestBytes, status, holds].join(' '),
      )
      .join('\n');
  }

  #isLayer({ path }: Exchange): boolean {
    return path.includes(encodeURIComponent(this.#layer.digest)) || path.includes(this.#layer.digest);
  }
}

async function succeed(args: readonly string[]): Promise<void> {
  const child = spawn(lading, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  assert.equal(code, 0, `lading ${args.join(' ')}`);
}

/** The digest of the pushed image, once its layer was read back and hashed. */
async function pushedDigest(host: string, repository: string, image: Descriptor, layer: Descriptor): Promise<string> {
  const blob = await fetch(`http://${host}/v2/${repository}/blobs/${layer.digest}`);
  assert.ok(blob.body);
  assert.equal(await digestOfBytes(blob.body), layer.digest);
  const manifest = await fetch(`http://${host}/v2/${repository}/manifests/latest`, {
    headers: { accept: image.mediaType },
  });
  return digestOfBytes([Buffer.from(await manifest.arrayBuffer())]);
}

function fileDigest(path: string): Promise<string> {
  return digestOfBytes(createReadStream(path, { highWaterMark: 1 << 20 }));
}

async function digestOfBytes(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

/** Bytes of the largest write that was not finished; small ones are sent again sooner than they are looked for. */
async function partialBytes(content: string): Promise<number> {
  const names = await readdir(join(content, 'ingests'), { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(content, 'ingests', name)).then(({ size }) => size)));
  return Math.max(0, ...sizes.filter((size) => size >= 1 << 20));
}

/** The largest resident set so far; 0 when the process is gone. */
function peakBytesOf(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
