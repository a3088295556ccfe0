import type { InspectedImage, Inspection } from './inspection.ts';
import { printable, printableLine } from './printable.ts';
import { formatBytes } from './progress.ts';
import { formatDate, table } from './table.ts';

/** `lading inspect` for people. */
export function inspectionText(inspection: Inspection): string {
  const { name, digest, mediaType, artifactType, manifests, image } = inspection;
  const index = manifests !== undefined;
  const head = facts([
    ['Name', name],
    [index ? 'Index' : 'Digest', digest],
    ['Type', mediaType],
    ['Artifact', artifactType],
    ...(index ? pairs('Annotation', inspection.annotations) : []),
  ]);
  const parts = [head];
  if (index) {
    const rows = manifests.map((entry) => [
      entry.platform ?? entry.artifactType ?? '-',
      entry.digest,
      entry.digest === image?.digest ? 'shown below' : '',
    ]);
    parts.push(table(['PLATFORM', 'MANIFEST', ''], rows));
  }
  if (image !== undefined) parts.push(imageText(image, index));
  return printable(parts.join('\n\n'));
}

function imageText(image: InspectedImage, isInIndex: boolean): string {
  const { layers } = image;
  const text = facts([
    ...(isInIndex ? ([['Digest', image.digest]] as const) : []),
    ['Platform', image.platform],
    ['Created', formatDate(image.created)],
    ['Author', image.author],
    ['Size', `${formatBytes(image.size)} in ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}`],
    ['Config', image.config.digest],
    ['User', image.user],
    ['Directory', image.workingDir],
    ['Entrypoint', image.entrypoint && JSON.stringify(image.entrypoint)],
    ['Command', image.cmd && JSON.stringify(image.cmd)],
    ['Ports', image.exposedPorts?.join(', ')],
    ['Volumes', image.volumes?.join(', ')],
    ['Signal', image.stopSignal],
    ...(image.env ?? []).map((entry) => ['Env', entry] as const),
    ...pairs('Label', image.labels),
    ...pairs('Annotation', image.annotations),
  ]);
  const rows = layers.map(({ digest, diffId, size, instruction }, at) => [
    `${at + 1}`,
    formatBytes(size),
    digest,
    diffId === digest ? '(the same: not compressed)' : diffId,
    printableLine(instruction ?? '').slice(0, 100),
  ]);
  return rows.length === 0 ? text : `${text}\n\n${table(['LAYER', 'SIZE', 'DIGEST', 'DIFFID', 'INSTRUCTION'], rows)}`;
}

type Fact = readonly [label: string, value: string | undefined];

function pairs(label: string, values: Readonly<Record<string, string>> | undefined): Fact[] {
  return Object.entries(values ?? {}).map(([key, value]) => [label, `${key}=${value}`]);
}

/** One fact per line; a label that repeats is written once. */
function facts(list: readonly Fact[]): string {
  const shown = list.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== '');
  const width = Math.max(...shown.map(([label]) => label.length)) + 1;
  return shown
    .map(([label, value], at) => {
      const repeated = shown[at - 1]?.[0] === label;
      return `${(repeated ? '' : `${label}:`).padEnd(width)} ${printableLine(value)}`;
    })
    .join('\n');
}
