import type { Dockerfile } from './dockerfile.ts';

/**
 * The index of the stage that a name or a number means, as FROM, `COPY --from` and a build's target write it; undefined when
 * there is none. Names are compared without case; of several equal ones the last counts. `before` leaves out that stage and
 * those behind it: the base of a FROM is looked for above it.
 */
export function stageIndex(
  dockerfile: Pick<Dockerfile, 'stages'>,
  nameOrIndex: string | number,
  before: number = dockerfile.stages.length,
): number | undefined {
  const text = String(nameOrIndex);
  if (/^\d{1,9}$/.test(text))
    return Number(text) < Math.min(before, dockerfile.stages.length) ? Number(text) : undefined;
  const name = text.toLowerCase();
  return dockerfile.stages.findLast((stage) => stage.index < before && stage.name === name)?.index;
}
