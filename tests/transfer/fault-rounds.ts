import assert from 'node:assert/strict';
import { join } from 'node:path';
import { collect } from '@lading/bytes';
import { isLadingError, type LadingError } from '@lading/errors';
import { copy, readManifest } from '@lading/image';
import { childrenOf, type Descriptor, digestOf } from '@lading/oci';
import { anonymous, openRegistry, type Registry } from '@lading/registry-client';
import { createMemoryRepository, openDirectoryStore, type Repository } from '@lading/store';
import { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { randomFrom } from './random-from.ts';
import { type RegistryKind, type RegistryProcess, startRegistryProcess } from './registry-process.ts';

export type Operation = 'push' | 'pull' | 'copy' | 'tags' | 'referrers';
const operations: readonly Operation[] = ['push', 'pull', 'copy', 'tags', 'referrers'];

export interface FaultRound {
  readonly seed: number;
  readonly registry: RegistryKind;
  readonly operation: Operation;
  readonly fault: Fault;
  /** It hits from this request on. */
  readonly at: number;
  /** So many requests; Infinity: to the end. */
  readonly times: number;
}

export interface FaultOutcome extends FaultRound {
  /** How often the fault hit. */
  readonly hits: number;
  /** The code of the error, and of its cause where a copy failed; undefined after success. */
  readonly code: string | undefined;
  readonly ms: number;
}

/** What may go wrong with a registry, as docs/errors.md has it. */
const documented = new Set([
  'REGISTRY_UNREACHABLE',
  'REGISTRY_RESPONSE',
  'REGISTRY_RATE_LIMITED',
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_DENIED',
  'REGISTRY_UNSUPPORTED',
  'REFERENCE_NOT_FOUND',
  'BLOB_NOT_FOUND',
  'INGEST_NOT_FOUND',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
  'BYTES_LIMIT',
  'MANIFEST_INVALID',
]);
/** Whatever happens, no operation takes longer. */
const limitMs = 60_000;

/** The round of a seed. */
export function faultRoundOf(seed: number, registries: readonly RegistryKind[], layerBytes: number): FaultRound {
  const random = randomFrom(seed ^ 0xfa017);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const operation = pick([...operations, 'push', 'pull', 'copy'] as const);
  const after = 1 + Math.floor(random() * (random() < 0.5 ? 300 : layerBytes));
  const faults: readonly Fault[] = [
    { kind: 'latency', ms: 20 + Math.floor(random() * 150) },
    { kind: 'reset-answer', after },
    { kind: 'reset-request', after },
    { kind: 'truncate', after },
    { kind: 'status', status: 429, retryAfter: pick(['0', '1']) },
    { kind: 'status', status: pick([500, 502, 503, 504]) },
    { kind: 'status', status: pick([401, 403, 404]) },
    { kind: 'lost-answer' },
    { kind: 'wrong-bytes', after },
    { kind: 'wrong-length', by: pick([-7, 7, 100_000]) },
    { kind: 'drip', ms: 5 },
    { kind: 'silence' },
    { kind: 'garbage' },
  ];
  return {
    seed,
    registry: pick(registries),
    operation,
    fault: pick(faults),
    at: Math.floor(random() * 12),
    times: pick([1, 1, 2, Number.POSITIVE_INFINITY]),
  };
}

export interface FaultGround {
  run(round: FaultRound): Promise<FaultOutcome>;
  close(): Promise<void>;
}

/** Registries behind proxies. `source` holds the image at `from`, with something that refers to it. */
export async function openFaultGround(folder: string, source: Repository, from: Descriptor): Promise<FaultGround> {
  const servers = new Map<RegistryKind, Promise<RegistryProcess>>();
  const serverOf = (kind: RegistryKind): Promise<RegistryProcess> => {
    let server = servers.get(kind);
    if (server === undefined) {
      server = startRegistryProcess(kind, join(folder, kind)).then(async (started) => {
        await directly(started.host, (registry) =>
          copy(source, registry.repository('faults/source'), { from, to: 'v1', referrers: true }),
        );
        return started;
      });
      servers.set(kind, server);
    }
    return server;
  };

  const run = async (round: FaultRound): Promise<FaultOutcome> => {
    const { host } = await serverOf(round.registry);
    const proxy = await startFaultProxy(host);
    let hits = 0;
    let requests = 0;
    const started = performance.now();
    const attempt = (signal: AbortSignal) => perform(round, { proxy, host, source, from, folder, signal });
    try {
      proxy.decide = () => {
        if (requests++ < round.at || hits >= round.times) return undefined;
        hits++;
        return round.fault;
      };
      const failure = await attempt(AbortSignal.timeout(limitMs)).then(
        () => undefined,
        (error: unknown) => error,
      );
      const code = codeOf(failure);
      const ms = performance.now() - started;
      assert.ok(ms < limitMs, 'no hang');
      if (failure !== undefined) {
        assert.ok(documented.has(code ?? ''), `ended with what is not documented: ${String(failure)} (${code})`);
        // The fault over, the same again ends right.
        proxy.decide = () => undefined;
        await attempt(AbortSignal.timeout(limitMs));
      }
      return { ...round, hits, code, ms };
    } finally {
      await proxy.close();
    }
  };

  return {
    run,
    async close() {
      await Promise.all([...servers.values()].map(async (server) => (await server).kill()));
    },
  };
}

interface Place {
  readonly proxy: FaultProxy;
  /** The registry itself, to look at what is there. */
  readonly host: string;
  readonly source: Repository;
  readonly from: Descriptor;
  readonly folder: string;
  readonly signal: AbortSignal;
}

const quick = { patience: { attempts: 4, pauseMs: 20 } };

async function perform(round: FaultRound, { proxy, host, source, from, folder, signal }: Place): Promise<void> {
  const { operation, seed } = round;
  const registry = openRegistry({
    registry: proxy.host,
    credentials: anonymous,
    timeouts: { connectMs: 2000, answerMs: 800, idleMs: 800 },
    retries: { attempts: 3, pauseMs: 20 },
  });
  try {
    const remote = registry.repository('faults/source');
    if (operation === 'tags') {
      // Where a registry does not list referrers, a tag does.
      const tags = await Array.fromAsync(remote.references.tags({ signal }));
      assert.deepEqual(
        tags.filter((tag) => !tag.startsWith('sha256-')),
        ['v1'],
      );
    } else if (operation === 'referrers') {
      assert.equal((await Array.fromAsync(remote.references.referrers(from.digest, { signal }))).length, 1);
    } else if (operation === 'pull') {
      const content = await openDirectoryStore(join(folder, `pulled-${seed}`));
      const target: Repository = { ...createMemoryRepository('local'), content };
      await copy(remote, target, { from: 'v1', to: 'v1', referrers: true, signal, ...quick });
      await assertWhole(target, from);
    } else {
      const name = `faults/${operation}-${seed}`;
      const origin = operation === 'push' ? source : remote;
      await copy(origin, registry.repository(name), { from: from.digest, to: 'v1', signal, ...quick });
      await directly(host, (direct) => assertWhole(direct.repository(name), from));
    }
  } finally {
    await registry.close();
  }
}

async function directly<T>(host: string, work: (registry: Registry) => Promise<T>): Promise<T> {
  const registry = openRegistry({ registry: host, credentials: anonymous });
  try {
    return await work(registry);
  } finally {
    await registry.close();
  }
}

/** The image is tagged, and every byte of it is there. */
async function assertWhole(repository: Repository, image: Descriptor): Promise<void> {
  assert.equal((await repository.references.resolve('v1'))?.digest, image.digest);
  const document = await readManifest(repository.content, image);
  for (const child of childrenOf(document)) {
    const bytes = await repository.content.open(child, { verify: false });
    assert.equal(digestOf(await collect(bytes, { maxBytes: child.size, what: child.digest })), child.digest);
  }
}

function codeOf(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  if (isLadingError(error, 'COPY_FAILED')) return codeOf((error as LadingError).cause);
  return isLadingError(error) ? error.code : 'not a LadingError';
}
