import type { FileNode } from '../file-node.ts';
import type { LayerIndex } from '../layer-index.ts';
import { join, type TreeNode } from './tree-node.ts';

/** What one layer has at the path of a node. */
interface Part {
  readonly layer: number;
  readonly place: number;
}

/** A node of a tree over indexes: its members are put together from all layers when they are first asked for. */
export class MergedNode implements TreeNode {
  node: FileNode;
  readonly #indexes: readonly LayerIndex[];
  /** Of a folder, from the lowest layer. */
  readonly #parts: Part[];
  #children: Map<string, MergedNode> | undefined;
  #isMerged = false;

  constructor(node: FileNode, indexes: readonly LayerIndex[], parts: Part[]) {
    this.node = node;
    this.#indexes = indexes;
    this.#parts = parts;
  }

  get children(): Map<string, TreeNode> | undefined {
    if (!this.#isMerged) {
      this.#isMerged = true;
      if (this.node.type === 'directory') this.#merge();
    }
    return this.#children;
  }

  #merge(): void {
    const members = new Map<string, MergedNode>();
    const { path } = this.node;
    const placeIn = new Map(this.#parts.map(({ layer, place }) => [layer, place]));
    for (const [layer, index] of this.#indexes.entries()) {
      const hidden = index.hidden.get(path);
      if (hidden?.all) members.clear();
      for (const name of hidden?.names ?? []) members.delete(name);
      const place = placeIn.get(layer);
      if (place === undefined) continue;
      const { from, to } = index.membersOf(place);
      for (let member = from; member < to; member++) this.#add(members, layer, member);
    }
    if (members.size > 0) this.#children = members;
  }

  #add(members: Map<string, MergedNode>, layer: number, place: number): void {
    const index = this.#indexes[layer];
    if (index === undefined) return;
    const name = index.nameOf(place);
    const { node, implied } = index.at(place);
    const present = members.get(name);
    const here: FileNode = { ...node, path: join(this.node.path, name), layer };
    if (present?.node.type !== 'directory' || node.type !== 'directory') {
      members.set(name, new MergedNode(here, this.#indexes, [{ layer, place }]));
      return;
    }
    present.#parts.push({ layer, place });
    if (!implied) present.node = here;
  }
}
