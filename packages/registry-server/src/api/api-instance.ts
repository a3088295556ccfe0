import type {
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Identity } from '../access/identity.ts';

/** Types of handlers come from the schemas of their routes. */
interface TypeboxTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

/** What a file of routes is given, mounted under `/api/v1`: paths in it start after that. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyInstance['log'],
  TypeboxTypes
>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks: established before any handler runs. */
    identity: Identity;
  }
}
