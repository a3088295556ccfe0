import type { ImageDifference } from '@lading/builder';
import { printableLine } from '../printable.ts';

type LayerDifference = Extract<ImageDifference, { kind: 'layer' }>;

/** What differs, for people: one line for what, and below it the paths with their fields; of many the first. */
export function differenceText(differences: readonly ImageDifference[], maxPaths: number): string {
  return differences.flatMap((difference) => linesOf(difference, maxPaths)).join('\n');
}

function linesOf(difference: ImageDifference, maxPaths: number): string[] {
  switch (difference.kind) {
    case 'material':
      if (difference.name === 'context') return ['what it takes from the context is not what it was'];
      return [`took in ${difference.name}: ${difference.before} → ${difference.after ?? 'nothing'}`];
    case 'config':
    case 'manifest': {
      const { kind, member, before = 'absent', after = 'absent' } = difference;
      return [`${kind} ${member}: ${printableLine(before)} → ${printableLine(after)}`];
    }
    case 'layer-added':
    case 'layer-removed':
      return [`${placeOf(difference)}: only ${difference.kind === 'layer-added' ? 'the rebuild' : 'the image'} has it`];
    case 'layer':
      return [`${placeOf(difference)}: ${whatOf(difference)}`, ...pathLines(difference, maxPaths)];
  }
}

function placeOf({ layer, instruction, line }: Pick<LayerDifference, 'layer' | 'instruction' | 'line'>): string {
  const where = line === undefined ? '' : `line ${line}, `;
  const what = instruction === undefined ? '' : ` (${where}${printableLine(instruction)})`;
  return `layer ${layer}${what}`;
}

function whatOf({ what, firstMoved = '' }: LayerDifference): string {
  switch (what) {
    case 'entries':
      return 'files differ';
    case 'order':
      return `the same files in another order, from ${printableLine(firstMoved)} on`;
    case 'encoding':
      return 'the same files, written into the tar otherwise';
    case 'compression':
      return 'the same tar, compressed otherwise';
  }
}

function pathLines({ entries }: LayerDifference, maxPaths: number): string[] {
  const lines = entries.slice(0, maxPaths).map((entry) => {
    const path = `/${printableLine(entry.path)}`;
    if (entry.kind !== 'changed') return `  ${path}: only the ${entry.kind === 'added' ? 'rebuild' : 'image'} has it`;
    const { field, before, after } = entry;
    return `  ${path}: ${field} ${printableLine(before) || 'none'} → ${printableLine(after) || 'none'}`;
  });
  const rest = entries.length - lines.length;
  return rest > 0 ? [...lines, `  and ${rest} more; --json has all`] : lines;
}
