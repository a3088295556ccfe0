// Clients that push, pull, move, swap and remove tags, delete manifests and finish uploads elsewhere than they began them, at two replicas that
// are killed meanwhile, while collections take whatever nobody refers to. All that is seen has to make sense.
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, type Random } from '../../crash/random.ts';
import { checkCollected, readAll } from './aftermath.ts';
import { createHistory } from './history.ts';
import { type Image, imageOf } from './image.ts';
import type { Value } from './linearizable.ts';
import { drop, pull, read, untag, uploadElsewhere, write } from './operations.ts';
import { count, perRegister, registersAtOnce, request, roundOf, type Shared, type SoakOptions } from './shared.ts';

export interface SoakReport {
  readonly operations: number;
  readonly done: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly wrong: readonly string[];
}

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { cluster, seed, clients = 6, killEveryMs, databaseKills = 0 } = options;
  const shared: Shared = { options, history: createHistory(), done: {}, wrong: [], drops: new Map(), operations: 0 };
  let running = true;
  const random = createRandom(seed);
  let kills = 0;
  const killing = async (): Promise<void> => {
    while (running && killEveryMs !== undefined) {
      await sleep(killEveryMs * 2 * random.next());
      if (!running) return;
      kills++;
      if (databaseKills > 0 && kills % databaseKills === 0) await cluster.restartDatabase();
      else await cluster.restart(random.below(cluster.size));
    }
  };
  const collecting = async (): Promise<void> => {
    for (let turn = 0; running; turn++) {
      const started = await request(shared, turn % cluster.size, 'POST', '/api/v1/jobs/gc/runs');
      if (started?.status === 202) count(shared, 'collection');
      else if (started !== undefined && started.status !== 409)
        shared.wrong.push(`gc: ${started.status}: ${started.body}`);
      await sleep(50);
    }
  };
  const beside = [killing(), collecting()];
  try {
    await Promise.all(
      Array.from({ length: clients }, (_, at) => runClient(shared, createRandom(seed * 1000 + at), at)),
    );
  } finally {
    running = false;
    await Promise.all(beside);
  }
  await readAll(shared);
  await checkCollected(shared);
  shared.wrong.push(...shared.history.contradictions());
  return { operations: shared.operations, done: shared.done, kills, wrong: shared.wrong };
}

function registerOf({ operations }: Shared, random: Random): string {
  return `t${Math.floor(operations / (perRegister * registersAtOnce))}-${random.below(registersAtOnce)}`;
}

async function runClient(shared: Shared, random: Random, number: number): Promise<void> {
  /** What this client last saw of a register. */
  const seen = new Map<string, Value>();
  let counter = 0;
  const fresh = (): string => `${shared.options.seed}-${number}-${counter++}`;
  // Some content comes and goes again and again, by all clients.
  const image = (tag: string): Image =>
    imageOf(random.chance(0.5) ? fresh() : `common-${random.below(4)}`, roundOf(tag));
  while (shared.operations < shared.options.operations && shared.wrong.length < 10) {
    const tag = registerOf(shared, random);
    const replica = random.below(shared.options.cluster.size);
    const way = random.below(12);
    if (way < 4) seen.set(tag, (await read(shared, replica, tag)) ?? seen.get(tag) ?? null);
    else if (way < 6) await write(shared, replica, tag, image(tag), undefined);
    else if (way < 8) {
      const expected = seen.get(tag) ?? null;
      const next = image(tag);
      if ((await write(shared, replica, tag, next, { expected })) === true) seen.set(tag, next.digest);
    } else if (way === 8) await untag(shared, replica, tag);
    else if (way === 9) await drop(shared, replica, tag, seen.get(tag) ?? null);
    else if (way === 10) await pull(shared, replica, tag);
    else await uploadElsewhere(shared, replica, random, number * 1e6 + counter++);
    shared.options.onProgress?.(shared.operations);
  }
}
