import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildResult } from '@lading/builder';
import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { familiarReference, formatPlatform, type Platform } from '@lading/oci';
import type { Repository } from '@lading/store';
import { watched, writeArchive } from '../archive-output.ts';
import type { OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { formatBytes } from '../progress.ts';
import type { BuildOutputs, FileOutput } from './output-options.ts';

/** Brings what was built to where it was asked for: names first, then files and folders, then registries, then stdout. */
export async function deliver(
  context: Context,
  home: Home,
  built: { readonly result: BuildResult; readonly repository: Repository },
  outputs: BuildOutputs,
  options: OptionValues,
): Promise<void> {
  if (outputs.kept) await tag(home, built, outputs);
  const toStdout = ({ dest }: FileOutput): boolean => dest === '-';
  for (const output of outputs.files.filter((one) => !toStdout(one)))
    await writeOutput(context, home, built, outputs, output);
  if (outputs.pushed) await push(context, outputs, options);
  for (const output of outputs.files.filter(toStdout)) await writeOutput(context, home, built, outputs, output);
}

type Built = Parameters<typeof deliver>[2];

/** Repositories share content here, so this records the manifest under the other name and moves no bytes. */
async function tag(home: Home, { result, repository }: Built, { names }: BuildOutputs): Promise<void> {
  const { copy } = await import('@lading/image');
  for (const name of names) {
    const [target, to] = [home.repositoryOf(name), name.tag ?? 'latest'];
    // The build wrote it there, and has only just let go of its layers.
    if (target.name === repository.name) await target.references.tag(to, result.manifest);
    else await copy(repository, target, { from: result.manifest.digest, to, referrers: true });
  }
}

async function push(context: Context, { names }: BuildOutputs, options: OptionValues): Promise<void> {
  const { command } = await import('../commands/push.ts');
  const { plainHttp, tlsVerify, certDir } = options;
  for (const name of names)
    await command.run(context, [familiarReference(name)], { plainHttp, tlsVerify, certDir, referrers: true });
}

async function writeOutput(
  context: Context,
  home: Home,
  built: Built,
  outputs: BuildOutputs,
  { type, dest }: FileOutput,
): Promise<void> {
  const { progress } = context;
  if (type === 'local') {
    for (const folder of await writeFolders(context, built, dest))
      progress.log(`wrote the root file system to ${folder}`);
    return;
  }
  const bytes = await archiveOf(context, home, built, outputs, type);
  if (dest === '-') {
    await context.stream(watched(context, 'archive', bytes));
    progress.log(`wrote ${built.result.manifest.digest} to stdout`);
    return;
  }
  await mkdir(dirname(dest), { recursive: true });
  const size = await writeArchive(context, dest, bytes);
  progress.log(`wrote ${dest}, ${formatBytes(size)}`);
}

async function archiveOf(
  context: Context,
  home: Home,
  { result, repository }: Built,
  outputs: BuildOutputs,
  type: 'oci' | 'docker' | 'tar',
): Promise<Bytes> {
  const { manifest, images } = result;
  const { signal } = context;
  const { openImage, saveDockerArchive, saveOciArchive } = await import('@lading/image');
  const saved = [{ from: manifest, names: outputs.names.map(familiarReference) }];
  if (type === 'oci') return saveOciArchive(repository, saved, { signal });
  if (type === 'docker') {
    const [only, ...others] = images;
    if (others.length === 0) return saveDockerArchive(repository, saved, { platform: only?.platform, signal });
    throw new LadingError('USAGE', `Cannot write ${images.length} platforms to a docker archive: it holds one`, {
      hint: 'Write type=oci, or build one platform.',
    });
  }
  const { rootTar } = await import('@lading/builder');
  const roots = images.map(async ({ manifest: own, platform }) => ({
    layers: (await openImage(repository, own, { platform, signal })).layers,
    folder: images.length === 1 ? '' : folderName(platform),
  }));
  return rootTar(await Promise.all(roots), { spoolFolder: join(home.cacheFolder, 'spool'), signal });
}

async function writeFolders(context: Context, { result, repository }: Built, dest: string): Promise<string[]> {
  const [{ openImage }, { unpackRoot }] = await Promise.all([import('@lading/image'), import('@lading/builder')]);
  const { signal } = context;
  const folders: string[] = [];
  for (const { manifest, platform } of result.images) {
    const folder = result.images.length === 1 ? dest : join(dest, folderName(platform));
    await unpackRoot((await openImage(repository, manifest, { platform, signal })).layers, folder, { signal });
    folders.push(folder);
  }
  return folders;
}

/** `linux_amd64`, as buildx names it. */
function folderName(platform: Platform): string {
  return formatPlatform(platform).replaceAll('/', '_');
}

/** The files that scripts ask for. */
export async function writeRecords(
  { manifest, images }: BuildResult,
  summary: object,
  { idFile, metadataFile }: BuildOutputs,
): Promise<void> {
  const [only, ...others] = images;
  const id = only === undefined || others.length > 0 ? manifest.digest : only.config;
  for (const [path, text] of [
    [idFile, id],
    [metadataFile, `${JSON.stringify(summary, undefined, 2)}\n`],
  ] as const) {
    if (path === undefined) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
