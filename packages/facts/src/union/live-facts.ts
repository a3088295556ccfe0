import type { LayerFacts } from '../layer-facts.ts';
import { FactFile } from './fact-file.ts';
import { FactTree } from './fact-tree.ts';

/** Where a fact stands in the image. */
export interface Standing {
  /** What its file was in its layer. */
  readonly file: FactFile;
  /** Where it can be seen now; undefined when it cannot. Another path than in the layer where that led through links, or a hard link is left. */
  readonly location: string | undefined;
}

/** Lays layers on each other, the lowest first; of a location in one of them the result tells what became of it. */
export function standingsIn(layers: readonly LayerFacts[]): (layer: number, location: string) => Standing {
  const tree = new FactTree();
  const filesOf = layers.map((facts, layer) => {
    const files = new Map<string, FactFile>();
    const locations = locationsOf(facts);
    for (const path of locations.flatMap(candidatesOf)) if (!files.has(path)) files.set(path, new FactFile(layer));
    tree.add(facts.paths, files);
    for (const candidates of locations.map(candidatesOf)) {
      const [path, file] = [candidates.at(-1), files.get(candidates.at(-1) ?? '')];
      if (path === undefined || file === undefined) continue;
      if (!candidates.some((candidate) => files.get(candidate)?.placed)) tree.place(path, file);
    }
    return files;
  });
  return (layer, location) => {
    const candidates = candidatesOf(location).map((path) => ({ path, file: filesOf[layer]?.get(path) }));
    const placed = candidates.filter(({ file }) => file?.placed);
    const { path, file } = placed.find(({ file }) => file?.place !== undefined) ?? placed[0] ?? { path: location };
    // A path that no engine could unpack is nowhere, so nothing can hide it.
    if (file === undefined) return { file: new FactFile(layer), location };
    return { file, location: file.place === undefined ? undefined : file.place + location.slice(path.length) };
  };
}

function locationsOf({ packages, licenses, distributions, secrets = [], files }: LayerFacts): readonly string[] {
  const locations = [...packages, ...licenses, ...distributions, ...secrets].map(({ location }) => location);
  return [...new Set([...locations, ...files.map(({ path }) => path)])];
}

/**
 * The paths that a location may mean, the longest first: what lies in an archive follows `!/`, but a folder's name may end in `!` too. A fact
 * counts while any of them is there, so that no image can hide what is in its archives behind such a name.
 */
function candidatesOf(location: string): readonly string[] {
  const candidates = [location];
  for (let at = location.lastIndexOf('!/'); at > 0; at = location.lastIndexOf('!/', at - 1)) {
    candidates.push(location.slice(0, at));
  }
  return candidates;
}
