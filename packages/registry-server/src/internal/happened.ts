import type { Actor } from '@lading/catalog';
import { identityText } from '../access/identity.ts';
import { addressOf } from '../access/origin.ts';
import type { RegistryEvent } from '../events/events.ts';
import { type Exchange, header, type Registry } from '../exchange.ts';

/** Who is behind a request, as the journal keeps it. */
export function actorOf(registry: Registry, exchange: Exchange): Actor {
  return {
    name: identityText(exchange.identity),
    client: addressOf(exchange.request, registry.origin),
    agent: header(exchange, 'user-agent')?.slice(0, 200),
  };
}

/** Tells what a request did, once it is durable. */
export function happened(registry: Registry, exchange: Exchange, event: Omit<RegistryEvent, 'actor' | 'at'>): void {
  registry.events.emit({ ...event, actor: identityText(exchange.identity), at: new Date() });
}
