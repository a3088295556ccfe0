// What the clients of one soak share, and how they ask.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { History } from './history.ts';

export interface SoakOptions {
  readonly cluster: Cluster;
  readonly seed: number;
  readonly operations: number;
  readonly clients?: number;
  /** As the replicas have it. */
  readonly leaseMs: number;
  /** Mean time between two kills of a replica; none unless told. */
  readonly killEveryMs?: number | undefined;
  /** One of so many kills is of the database. */
  readonly databaseKills?: number | undefined;
  readonly onProgress?: ((operations: number) => void) | undefined;
}

/** A register is a tag of a repository; after so many operations clients go on to others, for long histories take long to check. */
export const perRegister = 250;
export const registersAtOnce = 3;

/** Of the registers that are in use at the same time. No manifest is pushed in two rounds, so that whoever deletes one empties tags of one round. */
export const roundOf = (tag: string): string => tag.split('-')[0] ?? '';

export interface Shared {
  readonly options: SoakOptions;
  readonly history: History;
  readonly done: Record<string, number>;
  readonly wrong: string[];
  /** Manifests that were deleted, or are being, by digest: how often. What they need may go then. */
  readonly drops: Map<string, number>;
  operations: number;
}

export const repository = 'soak/app';
export const manifestPath = (reference: string): string => `/v2/${repository}/manifests/${reference}`;

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Undefined when there was no answer that tells anything: the replica is gone, or could not reach what it stores in. */
export async function request(
  shared: Shared,
  replica: number,
  method: string,
  path: string,
  { headers = {}, body }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array } = {},
): Promise<Answered | undefined> {
  const { options, wrong } = shared;
  shared.operations++;
  try {
    const init = { method, headers, body: body ?? null, signal: AbortSignal.timeout(60_000) };
    const response = await fetch(new URL(path, options.cluster.url(replica)), init as RequestInit);
    const answered = {
      status: response.status,
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    };
    if (answered.status < 500) return answered;
    // Where nothing is killed, nothing fails. 503 says itself that it may be tried again.
    const excused = answered.status === 503 ? options.killEveryMs !== undefined : (options.databaseKills ?? 0) > 0;
    if (!excused) wrong.push(`${method} ${path} was answered with ${answered.status}: ${answered.body}`);
    return undefined;
  } catch (error) {
    if (options.killEveryMs === undefined) wrong.push(`${method} ${path} had no answer: ${error}`);
    else await sleep(20);
    return undefined;
  }
}

export function count(shared: Shared, what: string): void {
  shared.done[what] = (shared.done[what] ?? 0) + 1;
}
