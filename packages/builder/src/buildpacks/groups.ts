import { LadingError } from '@lading/errors';
import type { BuildpackDescriptor } from './descriptor.ts';
import type { Group, GroupElement, Order } from './order.ts';

/** One component buildpack of a group that is tried. */
export interface Candidate {
  readonly buildpack: BuildpackDescriptor;
  readonly optional: boolean;
  readonly execEnv: readonly string[];
}

/**
 * The groups of component buildpacks that an order stands for, in the order in which they are to be tried: composites are replaced by
 * each of their groups, depth first from the left; a group without an optional composite follows those with it (buildpack API §order
 * resolution). A buildpack that comes twice counts where it comes first. Throws BUILDPACK_INVALID for composites that hold themselves.
 */
export async function* groupsOf(
  order: Order,
  lookup: (element: GroupElement) => Promise<BuildpackDescriptor>,
): AsyncGenerator<readonly Candidate[], void, void> {
  type Rest = readonly (GroupElement & { readonly inside: readonly string[] })[];
  const within = (group: Group, inside: readonly string[]): Rest => group.map((element) => ({ ...element, inside }));

  async function* expand(done: readonly Candidate[], rest: Rest): AsyncGenerator<readonly Candidate[], void, void> {
    const [element, ...after] = rest;
    if (element === undefined) return yield done;
    const buildpack = await lookup(element);
    const name = `${buildpack.id}@${buildpack.version}`;
    if (done.some((candidate) => candidate.buildpack.id === buildpack.id)) return yield* expand(done, after);
    if (buildpack.order.length === 0) {
      const { optional, execEnv } = element;
      return yield* expand([...done, { buildpack, optional, execEnv }], after);
    }
    if (element.inside.includes(name)) throw circular([...element.inside, name]);
    for (const group of buildpack.order) yield* expand(done, [...within(group, [...element.inside, name]), ...after]);
    if (element.optional) yield* expand(done, after);
  }

  for (const group of order) yield* expand([], within(group, []));
}

function circular(names: readonly string[]): LadingError {
  return new LadingError('BUILDPACK_INVALID', `Cannot resolve the order: ${names.join(' holds ')}`, {
    hint: 'A composite buildpack cannot be part of itself.',
  });
}
