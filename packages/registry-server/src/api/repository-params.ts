import { type TObject, type TString, Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import { Refusal } from './problem.ts';

/** A repository's name has slashes, so it is given percent-encoded, as one component of the path: `/repositories/team%2Fapp/tags`. */
export const repositoryParams: TObject<{ repository: TString }> = Type.Object({
  repository: Type.String({ examples: ['team/app'] }),
});

/** Throws 404. */
export async function requireRepository(registry: Registry, name: string): Promise<void> {
  if (await registry.catalog.hasRepository(name)) return;
  throw new Refusal(404, 'NAME_UNKNOWN', `There is no repository ${name}`);
}
