import { stat } from 'node:fs/promises';
import { fromFile } from '@lading/bytes';
import type { Image } from '@lading/image';
import { findSnapshotFile } from '@lading/runtime';
import type { TarEntryInput } from '@lading/tar';
import { isAtLeast, platformApi } from './api-version.ts';
import { type BuildImage, builderMetadata } from './build-image.ts';
import { fileEntry, folderEntry, linkEntry, mtime, type Owner } from './folder-entries.ts';
import { type LaunchMetadata, metadataToml } from './launch-metadata.ts';
import { launcherScript, launchScript, launchScriptPath } from './launcher-script.ts';
import type { BuildpackOutput } from './layers-of.ts';

export const launcherPath = '/cnb/lifecycle/launcher';
export const processFolder = '/cnb/process';

/** The program that starts processes of the application. */
export interface Launcher {
  /** `lifecycle`: the one of the build image. `lading`: a shell script, where the build image has none. */
  readonly from: 'lifecycle' | 'lading';
  readonly version: string;
  /** The platform API that it is started with. */
  readonly platformApi: string;
  entries(): TarEntryInput[];
}

const root: Owner = { uid: 0, gid: 0 };
const folders = [folderEntry('cnb', root), folderEntry('cnb/lifecycle', root)];
const path = launcherPath.slice(1);

/** Of a lifecycle whose build image does not say what it speaks: every one since 2023 speaks this. */
const cautiousApi = '0.12';

export async function chooseLauncher(build: BuildImage, image: Image): Promise<Launcher> {
  const place = await findSnapshotFile(build.snapshot, launcherPath);
  if (place === undefined) {
    const script = fileEntry(path, root, launcherScript, 0o755);
    return { from: 'lading', version: '', platformApi, entries: () => [...folders, script] };
  }
  const { size } = await stat(place);
  const { lifecycle } = builderMetadata(image.config.config?.Labels) ?? {};
  const spoken = (lifecycle?.apis?.platform?.supported ?? [cautiousApi]).filter((api) => isAtLeast(platformApi, api));
  return {
    from: 'lifecycle',
    version: lifecycle?.version ?? '',
    platformApi: spoken.reduce((best, api) => (isAtLeast(api, best) ? api : best), spoken[0] ?? cautiousApi),
    entries: () => [...folders, { path, type: 'file', mode: 0o755, ...root, size, mtime, content: fromFile(place) }],
  };
}

/** `<layers>/config`: what the launcher knows of the application. */
export function configEntries(
  launcher: Launcher,
  outputs: readonly BuildpackOutput[],
  launch: LaunchMetadata,
  owner: Owner,
): TarEntryInput[] {
  const script = fileEntry(launchScriptPath, owner, launchScript(outputs, launch));
  return [
    folderEntry('layers', owner),
    folderEntry('layers/config', owner),
    ...(launcher.from === 'lading' ? [script] : []),
    fileEntry('layers/config/metadata.toml', owner, metadataToml(outputs, launch)),
  ];
}

/** A link to the launcher for each process type (platform API §exporter outputs). */
export function processTypeEntries({ processes }: LaunchMetadata): TarEntryInput[] {
  return [
    folderEntry('cnb', root),
    folderEntry(processFolder.slice(1), root),
    ...processes.map(({ type }) => linkEntry(`${processFolder.slice(1)}/${type}`, launcherPath)),
  ];
}
