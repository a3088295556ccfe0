import type { Round } from './kill-rounds.ts';
import { randomFrom } from './random-from.ts';
import type { RegistryKind } from './registry-process.ts';

/** The round of a seed: directions, sides and registries in turn, one to three kills. */
export function roundOf(seed: number, registries: readonly RegistryKind[]): Round {
  const random = randomFrom(seed ^ 0x5eed);
  return {
    seed,
    direction: seed % 2 === 0 ? 'push' : 'pull',
    side: Math.floor(seed / 2) % 2 === 0 ? 'client' : 'server',
    registry: registries[Math.floor(seed / 4) % registries.length] ?? 'lading',
    kills: 1 + Math.floor(random() * 3),
  };
}
