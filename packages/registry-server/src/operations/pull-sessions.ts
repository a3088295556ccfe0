/** What became of one client's pull of one image. */
export interface PullSession {
  /** Everything arrived; the registry failed; or the client went away. */
  readonly outcome: PullOutcome;
  /** From its first request to the end of its last. */
  readonly durationMs: number;
  readonly bytes: number;
}

export type PullOutcome = 'success' | 'failure' | 'abandoned';

export interface PulledPart {
  /** Who pulls what: requests with the same key within the pause belong together. */
  readonly key: string;
  /** A digest, or the tag that was asked for. */
  readonly part: string;
  readonly outcome: PullOutcome;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface PullSessions {
  /** A manifest or blob was read, or could not be. */
  add(part: PulledPart): void;
  /** Ends what has paused long enough; all of them with `everything`. */
  sweep(everything?: boolean): void;
}

interface Open {
  readonly since: number;
  last: number;
  bytes: number;
  /** What did not arrive and was not read since, and why. */
  missing: Map<string, PullOutcome> | undefined;
}

const mostOpen = 10_000;
/** Beyond it, more that is missing changes nothing: the session does not go well any more. */
const mostMissing = 100;

/**
 * Puts the requests of a pull together: users do not care for the requests that failed and went well at the next attempt, but for the
 * images that did not arrive. A session ends when its client asks for nothing more for `pauseMs`; it failed when some part of it did
 * and was not read afterwards.
 */
export function createPullSessions(
  ended: (session: PullSession) => void,
  { pauseMs = 60_000, now = () => performance.now() }: { pauseMs?: number; now?: () => number } = {},
): PullSessions {
  // In the order of their last requests: what has paused longest is first.
  const open = new Map<string, Open>();
  const end = (key: string, session: Open): void => {
    open.delete(key);
    const missing = [...(session.missing?.values() ?? [])];
    const outcome = missing.includes('failure') ? 'failure' : (missing[0] ?? 'success');
    ended({ outcome, durationMs: session.last - session.since, bytes: session.bytes });
  };
  return {
    add({ key, part, outcome, bytes, durationMs }) {
      const at = now();
      let session = open.get(key);
      if (session === undefined) {
        session = { since: at - durationMs, last: at, bytes: 0, missing: undefined };
        for (const [oldest, other] of open) {
          if (open.size < mostOpen) break;
          end(oldest, other);
        }
      } else open.delete(key);
      open.set(key, session);
      session.last = at;
      session.bytes += bytes;
      if (outcome === 'success') session.missing?.delete(part);
      else {
        session.missing ??= new Map();
        if (session.missing.size < mostMissing) session.missing.set(part, outcome);
      }
    },
    sweep(everything = false) {
      const latest = now() - pauseMs;
      for (const [key, session] of open) {
        if (!everything && session.last > latest) break;
        end(key, session);
      }
    },
  };
}
