import { isLadingError } from '@lading/errors';
import { parseDigest } from '@lading/oci';
import { type Answer, json } from '../answer.ts';
import type { Registry } from '../exchange.ts';

/** Rejects when what it looks at cannot be used. */
export type Check = () => Promise<void>;

export interface Health {
  /** From now on `/readyz` says no, so that nobody is sent here any more. */
  drain(): void;
  /** Whether the process answers at all: restarting it would help if not. */
  live(): Answer;
  /** Whether requests should be sent here: what they need can be reached. */
  ready(): Promise<Answer>;
}

/** A result is good for a while: however often somebody asks, what is checked is asked about once a second. */
const freshMs = 1000;
const patienceMs = 5000;

export function createHealth(checks: Readonly<Record<string, Check>>): Health {
  let draining = false;
  let last: { readonly at: number; readonly result: Promise<Readonly<Record<string, string>>> } | undefined;
  const look = async (): Promise<Readonly<Record<string, string>>> => {
    const results = Object.entries(checks).map(async ([name, check]) => [name, await resultOf(check)] as const);
    return Object.fromEntries(await Promise.all(results));
  };
  return {
    drain() {
      draining = true;
    },
    live: () => json(200, { status: 'ok' }, { 'Cache-Control': 'no-store' }),
    async ready() {
      if (last === undefined || performance.now() - last.at > freshMs) last = { at: performance.now(), result: look() };
      const results = await last.result;
      const reachable = Object.values(results).every((result) => result === 'ok');
      const status = draining ? 'draining' : reachable ? 'ready' : 'failing';
      return json(status === 'ready' ? 200 : 503, { status, checks: results }, { 'Cache-Control': 'no-store' });
    },
  };
}

/** Anybody may ask, so it says no more than a code: the log has the rest. */
async function resultOf(check: Check): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('TIMEOUT'), patienceMs);
  });
  const looked = check().then(
    () => 'ok',
    (error: unknown) => (isLadingError(error) ? error.code : 'FAILED'),
  );
  try {
    return await Promise.race([looked, late]);
  } finally {
    clearTimeout(timer);
  }
}

const someDigest = parseDigest(`sha256:${'0'.repeat(64)}`);

/** Database and storage, asked for something that is not there. */
export function checksOf({ catalog, content }: Pick<Registry, 'catalog' | 'content'>): Readonly<Record<string, Check>> {
  return {
    database: async () => void (await catalog.hasRepository('readiness')),
    storage: async () => void (await content.stat(someDigest)),
  };
}
