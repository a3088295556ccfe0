import type { IncomingMessage } from 'node:http';
import { isAdministrator } from '../access/administrator.ts';
import { type Answer, bytes, problem } from '../answer.ts';
import type { Registry } from '../exchange.ts';
import type { Health } from './health.ts';
import { metricsContentType } from './metrics.ts';

export interface OperationsRoutes {
  readonly registry: Pick<Registry, 'access' | 'metrics'>;
  readonly health: Health;
  /** Whether metrics are for whoever asks; otherwise for administrators. */
  readonly isOpen: boolean;
}

export function isOperationsPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz' || path === '/metrics';
}

/** `/healthz` and `/readyz` for whoever asks, for they say no more than yes or no; `/metrics`. */
export async function handleOperations(
  path: string,
  request: IncomingMessage,
  { registry, health, isOpen }: OperationsRoutes,
): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return problem(405, 'UNSUPPORTED', `${request.method} is not possible here`);
  }
  if (path === '/healthz') return health.live();
  if (path === '/readyz') return health.ready();
  if (!isOpen) {
    const asked = await registry.access.identify(request);
    if ('refusal' in asked) return asked.refusal;
    if (!isAdministrator(registry.access, asked.identity))
      return registry.access.refuse(asked.identity, { action: 'admin' }, request);
  }
  return bytes(200, Buffer.from(await registry.metrics.text()), { 'Content-Type': metricsContentType });
}
