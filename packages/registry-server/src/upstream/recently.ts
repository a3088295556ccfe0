/** Things that hold for a while. Bounded: what was noted longest ago is forgotten first. */
export interface Recently {
  has(key: string): boolean;
  note(key: string, forMs: number): void;
  forget(key: string): void;
}

export function createRecently(most = 50_000, now: () => number = Date.now): Recently {
  const until = new Map<string, number>();
  return {
    has(key) {
      const end = until.get(key);
      if (end === undefined) return false;
      if (end > now()) return true;
      until.delete(key);
      return false;
    },
    note(key, forMs) {
      until.delete(key);
      until.set(key, now() + forMs);
      for (const oldest of until.keys()) {
        if (until.size <= most) break;
        until.delete(oldest);
      }
    },
    forget: (key) => void until.delete(key),
  };
}
