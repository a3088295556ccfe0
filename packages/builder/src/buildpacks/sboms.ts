import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { collect, type Io } from '@lading/bytes';
import type { FileSystem } from '../file-system.ts';
import { escapeId } from './descriptor.ts';
import type { RestoredSbom } from './layer-cache.ts';
import type { BuildpackOutput, SbomFile } from './layers-of.ts';
import type { Chosen } from './subtree.ts';

const maxBytes = 64 << 20;

/** Where each bill of materials of what is in the image lies there (platform API §exporter outputs). */
export function sbomsForLaunch(outputs: readonly BuildpackOutput[]): Chosen[] {
  return placed(
    outputs,
    'launch',
    ({ launch }) => launch,
    (output) => output.launchSboms,
  );
}

/** Those of what was needed for the build only; they are kept beside the image. */
export function sbomsForBuild(outputs: readonly BuildpackOutput[]): Chosen[] {
  return placed(
    outputs,
    'build',
    ({ launch }) => !launch,
    (output) => output.buildSboms,
  );
}

function placed(
  outputs: readonly BuildpackOutput[],
  kind: 'launch' | 'build',
  wanted: (layer: BuildpackOutput['layers'][number]) => boolean,
  ofAll: (output: BuildpackOutput) => readonly SbomFile[],
): Chosen[] {
  const chosen = outputs.flatMap((output) => {
    const folder = `layers/sbom/${kind}/${escapeId(output.buildpack.id)}`;
    const at = (place: string) => (sbom: SbomFile) => ({ path: `${place}/sbom.${sbom.format}`, node: sbom.node });
    const layers = output.layers.filter(wanted);
    return [
      ...ofAll(output).map(at(folder)),
      ...layers.flatMap(({ name, sboms }) => sboms.map(at(`${folder}/${name}`))),
    ];
  });
  return chosen.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export async function readSboms(system: FileSystem, sboms: readonly SbomFile[], io: Io): Promise<RestoredSbom[]> {
  const formats = new Map(sboms.map(({ node, format }) => [node.path, format]));
  const read: RestoredSbom[] = [];
  const full = sboms.flatMap(({ node }) => (node.size > 0 ? [node] : []));
  for await (const [node, content] of system.read(full, io)) {
    const format = formats.get(node.path) ?? '';
    read.push({ format, content: await collect(content, { maxBytes, what: node.path }) });
  }
  return read.sort((a, b) => (a.format < b.format ? -1 : 1));
}

/** Writes all bills of materials below a folder: `launch/<buildpack>/<layer>/sbom.cdx.json`, `build/…`. */
export async function writeSboms(
  system: FileSystem,
  outputs: readonly BuildpackOutput[],
  folder: string,
  io: Io,
): Promise<readonly string[]> {
  const chosen = [...sbomsForLaunch(outputs), ...sbomsForBuild(outputs)];
  const places = new Map(chosen.map(({ path, node }) => [node.path, path.slice('layers/sbom/'.length)]));
  const full = chosen.flatMap(({ node }) => (node.size > 0 ? [node] : []));
  for await (const [node, content] of system.read(full, io)) {
    const place = join(folder, places.get(node.path) ?? '');
    await mkdir(dirname(place), { recursive: true });
    await using file = await open(place, 'w');
    for await (const chunk of content) await file.write(chunk);
  }
  return [...places.values()].sort();
}
