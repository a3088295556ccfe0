import { Recent } from './recent.ts';

export interface Rate {
  /** How many at once, and how many in each period. */
  readonly count: number;
  readonly perMs: number;
}

/** Counts by key; whoever is gone longest is forgotten first, which only gives their allowance back. */
export interface TokenBuckets {
  /** Takes one where one is left. What is left, and after how many milliseconds there is the next one: 0 when one was taken. */
  take(key: string, rate: Rate): { readonly left: number; readonly waitMs: number };
  /** Takes one also where none is left: it is paid back by waiting longer. */
  charge(key: string, rate: Rate): void;
  /** Like take(), without taking. */
  look(key: string, rate: Rate): { readonly left: number; readonly waitMs: number };
}

export function createTokenBuckets(
  options: { readonly most?: number; readonly now?: () => number } = {},
): TokenBuckets {
  const { most = 50_000, now = () => performance.now() } = options;
  const buckets = new Recent<string, { tokens: number; at: number }>(most);
  const use = (
    key: string,
    { count, perMs }: Rate,
    { amount, owed = false }: { amount: number; owed?: boolean },
  ): { left: number; waitMs: number } => {
    const time = now();
    const bucket = buckets.get(key);
    const tokens = bucket === undefined ? count : Math.min(count, bucket.tokens + ((time - bucket.at) * count) / perMs);
    const enough = tokens >= 1;
    const left = enough || owed ? tokens - amount : tokens;
    if (bucket === undefined) {
      if (amount > 0) buckets.set(key, { tokens: left, at: time });
    } else {
      bucket.tokens = left;
      bucket.at = time;
    }
    return { left: Math.floor(left), waitMs: enough ? 0 : Math.ceil(((1 - tokens) * perMs) / count) };
  };
  return {
    take: (key, rate) => use(key, rate, { amount: 1 }),
    charge: (key, rate) => void use(key, rate, { amount: 1, owed: true }),
    look: (key, rate) => use(key, rate, { amount: 0 }),
  };
}
