import type { FleetPage, FoundImage } from '@lading/catalog';
import type { FastifyRequest } from 'fastify';
import { type TArray, type TInteger, type TObject, type TOptional, type TString, Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import { defined } from './defined.ts';
import type { PageQuery } from './page.ts';

const time = { format: 'date-time' } as const;

type RepositoryShape = TObject<{
  name: TString;
  tags: TArray<TString>;
  pushedAt: TString;
  pulledAt: TOptional<TString>;
}>;

/** An image that a search found, and where it is as far as the caller may pull it. */
export const imageProperties: {
  readonly digest: TString;
  readonly platform: TString;
  readonly repositories: TArray<RepositoryShape>;
} = {
  digest: Type.String({ examples: [`sha256:${'0'.repeat(64)}`] }),
  platform: Type.String({ examples: ['linux/amd64'] }),
  repositories: Type.Array(
    Type.Object({
      name: Type.String({ examples: ['team/app'] }),
      tags: Type.Array(Type.String(), { description: 'Of the image, and of indexes that have it' }),
      pushedAt: Type.String({ ...time, description: 'When it was recorded last' }),
      pulledAt: Type.Optional(Type.String({ ...time, description: 'Absent where nobody did, as far as is known' })),
    }),
  ),
};

export const layerProperty: TInteger = Type.Integer({ description: 'The index of the layer, from the lowest' });

export interface ShownImage {
  readonly digest: string;
  readonly platform: string;
  readonly repositories: {
    readonly name: string;
    readonly tags: string[];
    readonly pushedAt: string;
    readonly pulledAt?: string;
  }[];
}

export function shownImage({ digest, platform, repositories }: FoundImage): ShownImage {
  return {
    digest,
    platform,
    repositories: repositories.map(({ name, tags, pushedAt, pulledAt }) =>
      defined({ name, tags: [...tags], pushedAt: pushedAt.toISOString(), pulledAt: pulledAt?.toISOString() }),
    ),
  };
}

/** A page as catalogs know it: the caller sees what they may pull. */
export function fleetPage(registry: Registry, request: FastifyRequest, { limit = 100, after }: PageQuery): FleetPage {
  return { limit, after, maySee: (repository) => registry.access.may(request.identity, 'pull', repository) };
}
