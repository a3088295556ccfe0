// What has to be so once all is quiet.
import { setTimeout as sleep } from 'node:timers/promises';
import { read } from './operations.ts';
import { manifestPath, perRegister, registersAtOnce, repository, request, type Shared } from './shared.ts';

/** When all is quiet, every register once more: what was acknowledged last is what is there. */
export async function readAll(shared: Shared): Promise<void> {
  const { cluster } = shared.options;
  for (let round = 0; round <= Math.floor(shared.operations / (perRegister * registersAtOnce)); round++) {
    for (let at = 0; at < registersAtOnce * cluster.size; at++) {
      await read(shared, at % cluster.size, `t${round}-${Math.floor(at / cluster.size)}`);
    }
  }
}

/** What nobody refers to is gone in the end, and what somebody does is there. */
export async function checkCollected(shared: Shared): Promise<void> {
  const { cluster, leaseMs } = shared.options;
  const manifests = await request(
    shared,
    0,
    'GET',
    `/api/v1/repositories/${encodeURIComponent(repository)}/manifests?limit=1000`,
  );
  if (manifests === undefined || manifests.status !== 200) return;
  await sleep(leaseMs * 1.25 + 1000);
  let said = '';
  for (let turn = 0; turn < 3; turn++) said = await collectOnce(shared);
  const stored = new Set(await cluster.stored());
  const wanted = new Set<string>();
  for await (const digest of manifestsOf(shared)) {
    wanted.add(digest);
    const manifest = await request(shared, 0, 'GET', manifestPath(digest));
    const { config, layers } = JSON.parse(String(manifest?.body)) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    for (const part of [config, ...layers]) wanted.add(part.digest);
  }
  const lost = wanted.difference(stored);
  const left = stored.difference(wanted);
  if (lost.size > 0)
    shared.wrong.push(`${lost.size} of ${wanted.size} that are referred to were collected: ${[...lost][0]}`);
  if (left.size > 0) shared.wrong.push(`${left.size} that nothing refers to were left: ${[...left][0]}; ${said}`);
  shared.done.kept = wanted.size;
}

/** What the run came to. */
async function collectOnce(shared: Shared): Promise<string> {
  // The last of those before may still go on.
  for (let turn = 0; turn < 600; turn++) {
    const started = await request(shared, 0, 'POST', '/api/v1/jobs/gc-full/runs');
    const { id } = JSON.parse(String(started?.body ?? '{}')) as { id?: string };
    for (let wait = 0; wait < 600 && id !== undefined; wait++) {
      const run = await request(shared, 0, 'GET', `/api/v1/jobs/runs/${id}`);
      if (!String(run?.body).includes('"state":"running"')) return String(run?.body);
      await sleep(50);
    }
    await sleep(50);
  }
  return 'no collection could be started';
}

async function* manifestsOf(shared: Shared): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const path = `/api/v1/repositories/${encodeURIComponent(repository)}/manifests?limit=1000${after === '' ? '' : `&after=${after}`}`;
    const page = await request(shared, 0, 'GET', path);
    const { items = [], next } = JSON.parse(String(page?.body)) as { items?: { digest: string }[]; next?: string };
    for (const { digest } of items) yield digest;
    if (next === undefined) return;
    after = next;
  }
}
