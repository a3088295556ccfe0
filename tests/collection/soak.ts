// Clients that push, pull, delete and move tags on several replicas while collections run without a pause and without grace. What is
// acknowledged must stay whole, whatever is collected meanwhile; and in the end everything that nobody needs must be gone.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog } from '@lading/catalog';
import type { Digest } from '@lading/oci';
import type { ContentStore } from '@lading/store';
import { collectGarbage } from '../../packages/registry-server/src/policy/collection/collect-garbage.ts';
import { createPolicy } from '../../packages/registry-server/src/policy/create-policy.ts';
import type { PolicyConfig } from '../../packages/registry-server/src/policy/policy-config.ts';
import { createRegistryServer } from '../../packages/registry-server/src/registry-server.ts';
import { createRandom } from '../crash/random.ts';
import { Client } from './client.ts';
import type { OpenParts } from './places.ts';

export interface SoakOptions {
  /** Opens what a replica has, each time anew, of a new place. */
  readonly open: OpenParts;
  readonly operations: number;
  readonly clients: number;
  readonly replicas: number;
  readonly seed: number;
  /** What a client was told is here stays for so long: longer than a push takes, and else as short as can be. */
  readonly leaseMs: number;
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface SoakOutcome {
  readonly operations: Readonly<Record<string, number>>;
  /** Pushes that took longer than the leases of their blobs, and lost some for it. */
  readonly slowPushes: number;
  readonly collections: number;
  readonly collectedBlobs: number;
  /** What must not happen, in words; none is good. */
  readonly faults: readonly string[];
  readonly durationMs: number;
}

export async function soak(options: SoakOptions): Promise<SoakOutcome> {
  const started = performance.now();
  const config: PolicyConfig = {
    rules: [{ repositories: ['**'], sparse: false }],
    trashMs: 0,
    leaseMs: options.leaseMs,
    graceMs: 0,
    uploadsMs: 60_000,
  };
  const { open } = options;
  const replicas = await Promise.all(
    Array.from({ length: options.replicas }, async () => {
      const parts = await open();
      const policy = await createPolicy({ catalog: parts.catalog, config });
      const server = createRegistryServer({ content: parts.content, catalog: parts.catalog, policy });
      const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
      return { url: `http://127.0.0.1:${port}`, policy, server, ...parts };
    }),
  );
  const urls = replicas.map(({ url }) => url);
  const collector = await open();
  let [collections, collectedBlobs] = [0, 0];
  let over = false;
  const collecting = (async () => {
    while (!over) {
      const { content, failures } = await collectGarbage({ ...collector, config });
      if (failures > 0) throw new Error(`${failures} blobs could not be collected`);
      collections++;
      collectedBlobs += content.length;
      await sleep(1);
    }
  })();

  const faults: string[] = [];
  const operations: Record<string, number> = {};
  let slowPushes = 0;
  let left = options.operations;
  const clients = Array.from({ length: options.clients }, async (_, n) => {
    const client = new Client(urls, createRandom(options.seed * 1000 + n), faults, options.leaseMs);
    while (left > 0) {
      left--;
      const done = await client.act();
      operations[done] = (operations[done] ?? 0) + 1;
      options.onProgress?.(options.operations - left);
    }
    slowPushes += client.slowPushes;
  });
  await Promise.all(clients);
  over = true;
  await collecting;

  faults.push(...(await danglingIn(collector)));
  await removeEverything(collector.catalog);
  await sleep(options.leaseMs * 1.25 + 20);
  collectedBlobs += (await collectGarbage({ ...collector, config })).content.length;
  for await (const { digest } of collector.content.list()) faults.push(`${digest} is there although nothing needs it`);
  for (const { server, policy, close } of replicas) {
    await server.close(0);
    await policy.close();
    await close();
  }
  await collector.close();
  return { operations, slowPushes, collections, collectedBlobs, faults, durationMs: performance.now() - started };
}

async function danglingIn({ catalog, content }: { catalog: Catalog; content: ContentStore }): Promise<string[]> {
  const needed = await catalog.database.all(
    'SELECT digest FROM manifests UNION SELECT digest FROM blobs UNION SELECT child FROM children',
  );
  const faults: string[] = [];
  for (const { digest } of needed) {
    if ((await content.stat(digest as Digest)) === undefined) faults.push(`${digest} is needed and not there`);
  }
  const unlinked = await catalog.database.all(
    `SELECT c.child FROM children c WHERE c.kind <> 'manifest' AND NOT EXISTS (
       SELECT 1 FROM blobs b WHERE b.repository_id = c.repository_id AND b.digest = c.child)`,
  );
  faults.push(...unlinked.map(({ child }) => `${child} is needed by a repository that has lost it`));
  return faults;
}

async function removeEverything(catalog: Catalog): Promise<void> {
  for await (const repository of catalog.repositories()) {
    const rows = await catalog.database.all(
      'SELECT m.digest FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE r.name = ?',
      repository,
    );
    for (const { digest } of rows) await catalog.removeManifest(repository, digest as Digest);
  }
}
