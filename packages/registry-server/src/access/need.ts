import type { Route } from '../route.ts';
import type { Need } from './access.ts';

/** What a request needs; the registry's own routes filter what they show instead. */
export function needOf(route: Route, method: string): Need | undefined {
  if (!('name' in route) || route.kind === 'bad-name') return undefined;
  const repository = route.name;
  // An upload is its pusher's to cancel: no right to delete content is needed for it.
  if (route.kind === 'uploads' || route.kind === 'upload') return { action: 'push', repository };
  if (method === 'DELETE') return { action: 'delete', repository };
  return { action: method === 'GET' || method === 'HEAD' ? 'pull' : 'push', repository };
}
