import type { Dockerfile, Stage } from '@lading/dockerfile';
import { expand } from '@lading/dockerfile';
import type { Platform } from '@lading/oci';
import type { NamedContexts } from '../context/named-contexts.ts';
import { globalScope } from '../dockerfile/scope.ts';
import { neededStages } from '../dockerfile/stages.ts';
import type { BuildRequest } from '../request.ts';
import { contextSources, externalSources } from './external-sources.ts';
import type { Pins } from './pins.ts';

export interface RequirePinsOptions {
  readonly dockerfile: Dockerfile;
  readonly target: Stage;
  readonly request: BuildRequest;
  readonly platform: Platform;
  readonly created: number;
  readonly pins: Pins;
  readonly contexts: Pick<NamedContexts, 'get'>;
}

/** Before a locked build does anything: everything that it would take in unpinned, in one error. Throws LOCK_INCOMPLETE. */
export async function requirePins(options: RequirePinsOptions): Promise<void> {
  const { dockerfile, target, request, platform, created, pins, contexts } = options;
  if (!pins.locked) return;
  const { buildArgs = {} } = request;
  const global = globalScope(dockerfile, buildArgs, platform, target.name ?? 'default', created);
  const baseOf = (stage: Stage): string =>
    expand(stage.from.image, global.look, { escape: dockerfile.directives.escape });
  const stages = neededStages(dockerfile, target, baseOf, contexts).filter(
    ({ name }) => name === undefined || contexts.get(name) === undefined,
  );
  const isContext = (name: string): boolean => contexts.get(name) !== undefined;
  const found = await externalSources({ dockerfile, stages, global, buildArgs, isContext });
  pins.require(
    [...found, ...contextSources(request.contexts ?? {})].map(({ kind, name, line }) => ({ kind, name, line })),
  );
}
