import type { ImageFacts, ImagePackage } from '@lading/facts';
import { printableLine } from '../printable.ts';
import { table } from '../table.ts';

const longestInstruction = 60;

/** The packages of an image, for people: which, of what kind, and which layer and instruction brought them. */
export function sbomText({ facts, name }: { readonly facts: ImageFacts; readonly name: string }): string {
  const { distribution, packages, layers, warnings } = facts;
  const kinds = Object.entries(Object.groupBy(packages, ({ type }) => type))
    .map(([type, list = []]) => `${list.length} ${type}`)
    .join(', ');
  const system = distribution === undefined ? '' : `, ${distribution.prettyName ?? distribution.id}`;
  const head = `${name}${system}: ${packages.length} packages${kinds === '' ? '' : ` (${kinds})`}`;
  const rows = packages.map((found) => [fullNameOf(found), found.version, found.type, layerOf(found), whereOf(found)]);
  const lines = rows.map((row) => row.map(printableLine));
  const layerLines = layers.flatMap(({ instruction }, at) =>
    instruction === undefined ? [] : [`  layer ${at + 1}: ${shortened(printableLine(instruction))}`],
  );
  return [
    printableLine(head),
    ...(rows.length === 0 ? [] : ['', table(['PACKAGE', 'VERSION', 'TYPE', 'LAYER', 'LOCATION'], lines)]),
    ...(layerLines.length === 0 ? [] : ['', ...layerLines]),
    ...(warnings.length === 0
      ? []
      : ['', ...warnings.map(({ path, message }) => printableLine(`warning: ${path}: ${message}`))]),
  ].join('\n');
}

export function fullNameOf({ namespace, name, type }: Pick<ImagePackage, 'namespace' | 'name' | 'type'>): string {
  return namespace === undefined ? name : `${namespace}${type === 'maven' ? ':' : '/'}${name}`;
}

function layerOf({ layer, base }: ImagePackage): string {
  if (layer < 0) return '-';
  // Counted from 1, as everything that people read; data have indexes.
  return base === undefined ? String(layer + 1) : `${layer + 1} (base)`;
}

function whereOf({ location, owner }: ImagePackage): string {
  return owner === undefined ? location : `${location} (of ${owner.name})`;
}

function shortened(text: string): string {
  return text.length > longestInstruction ? `${text.slice(0, longestInstruction - 1)}…` : text;
}
