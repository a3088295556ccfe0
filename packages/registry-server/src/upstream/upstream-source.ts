import { LadingError, messageOf } from '@lading/errors';
import type { RateLimit, Registry } from '@lading/registry-client';
import type { Repository } from '@lading/store';
import { matchRepositories } from '../access/repository-pattern.ts';
import { openRemote } from './open-remote.ts';
import type { UpstreamConfig } from './upstream-config.ts';
import { failureKind, retryAfterOf, upstreamFailure } from './upstream-failure.ts';
import type { UpstreamState } from './upstreams.ts';

/** So long an upstream that did not answer is left alone where something can be served without it; it doubles. */
const firstPauseMs = 5000;
const longestPauseMs = 300_000;
/** The same after 429 without `Retry-After`. */
const limitedPauseMs = 60_000;

/** A client remembers every repository that it was asked for, and clients of the cache may ask for whatever they like. */
const mostNames = 5000;
/** What still comes in over a client that was replaced has so long. */
const retiredMs = 3_600_000;

/** Told when an upstream begins to be left alone, and why. */
type OnPause = (source: UpstreamSource, condition: 'limited' | 'failing', error: string) => void;

/** One upstream: its registry, and what is known of how it is. */
export class UpstreamSource {
  readonly config: UpstreamConfig;
  fetches = 0;
  #registry: Registry;
  readonly #retired = new Set<Registry>();
  readonly #names = new Set<string>();
  readonly #mayAsk: (name: string) => boolean;
  readonly #onPause: OnPause;
  #pause: { readonly condition: 'limited' | 'failing'; readonly until: number } | undefined;
  #pauseMs = firstPauseMs;
  #error: UpstreamState['error'];
  #limit: RateLimit | undefined;

  constructor(config: UpstreamConfig, onPause: OnPause) {
    this.config = config;
    this.#onPause = onPause;
    this.#mayAsk = matchRepositories(config.repositories);
    this.#registry = this.#open();
  }

  /** The upstream's repository behind one of ours; undefined where it may not be asked for. */
  remote(repository: string): Repository | undefined {
    const { prefix, path } = this.config;
    const name = prefix === '' ? repository : repository.slice(prefix.length + 1);
    if (!this.#mayAsk(name)) return undefined;
    this.#names.add(name);
    if (this.#names.size > mostNames) this.#replace();
    return this.#registry.repository(`${path}${name}`);
  }

  /** Whether it is to be left alone, where something can be served without it. */
  get paused(): 'limited' | 'failing' | undefined {
    if (this.#pause === undefined || this.#pause.until <= Date.now()) return undefined;
    return this.#pause.condition;
  }

  /** Runs what asks it, and keeps in mind how it went. Throws UPSTREAM_FAILED, UPSTREAM_LIMITED, UPSTREAM_DENIED. */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    // To ask what has asked to be left alone only makes it longer.
    if (this.paused === 'limited') throw this.#limited();
    return this.#noting(work);
  }

  /** The same for what is read from it; only what goes wrong there is put down to it. */
  async *reading<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#noting(() => iterator.next());
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  state(): UpstreamState {
    const { prefix, registry } = this.config;
    const pause = this.paused === undefined ? undefined : this.#pause;
    return {
      prefix,
      registry,
      condition: pause?.condition ?? 'good',
      until: pause === undefined ? undefined : new Date(pause.until),
      error: this.#error,
      limit: this.#limit,
      fetches: this.fetches,
    };
  }

  async close(): Promise<void> {
    for (const registry of [this.#registry, ...this.#retired]) await registry.close();
  }

  #open(): Registry {
    return openRemote(this.config, {
      // Clients wait for this, and ask again themselves.
      timeouts: { connectMs: 10_000, answerMs: 30_000, idleMs: 30_000 },
      retries: { attempts: 3, maxRetryAfterMs: 2000 },
      onRateLimit: (limit) => this.#noteLimit(limit),
    });
  }

  #replace(): void {
    const former = this.#registry;
    this.#registry = this.#open();
    this.#names.clear();
    this.#retired.add(former);
    const close = (): void => {
      this.#retired.delete(former);
      void former.close();
    };
    setTimeout(close, retiredMs).unref();
  }

  async #noting<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      if (this.paused === undefined) this.#pauseMs = firstPauseMs;
      if (this.#pause?.condition === 'failing') this.#pause = undefined;
      return result;
    } catch (error) {
      this.note(error);
      throw upstreamFailure(this.config.registry, error);
    }
  }

  /** What went wrong with what it gave. */
  note(error: unknown): void {
    const kind = failureKind(error);
    this.#error = { message: messageOf(error), at: new Date() };
    if (kind !== 'limited' && kind !== 'failing') return;
    const known = this.paused !== undefined;
    // Those that fail together count once; and who asked to be left alone is, whatever else fails.
    if (known && kind === 'failing') return;
    const forMs = kind === 'limited' ? (retryAfterOf(error) ?? limitedPauseMs) : this.#pauseMs;
    if (kind === 'failing') this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    this.#pause = { condition: kind, until: Date.now() + Math.min(forMs, longestPauseMs) };
    if (!known) this.#onPause(this, kind, messageOf(error));
  }

  #noteLimit(limit: RateLimit): void {
    this.#limit = limit;
    // The next pull would be refused, and counted.
    if (limit.remaining === 0 && this.paused === undefined) {
      this.#pause = { condition: 'limited', until: Date.now() + limitedPauseMs };
      this.#onPause(this, 'limited', `${this.config.registry} allows no further pull for now`);
    }
  }

  #limited(): Error {
    const retryAfterMs = Math.max(0, (this.#pause?.until ?? 0) - Date.now());
    return upstreamFailure(this.config.registry, limitReached(this.config.registry, retryAfterMs));
  }
}

function limitReached(registry: string, retryAfterMs: number): LadingError {
  return new LadingError('REGISTRY_RATE_LIMITED', `${registry} asked to be left alone for a while`, {
    transient: true,
    details: { registry, retryAfterMs },
  });
}
