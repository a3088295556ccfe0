import { LadingError } from '@lading/errors';
import { isAtLeast } from './api-version.ts';
import type { BuildpackOutput, Process } from './layers-of.ts';
import type { BuildMetadata } from './metadata.ts';
import { formatToml, type TomlTable } from './toml.ts';

/** What the application can be started as, from all buildpacks. */
export interface LaunchMetadata {
  /** By type; of several with one type the last buildpack's. */
  readonly processes: readonly Process[];
  /** The type that the image starts, where a buildpack or the caller names one. */
  readonly defaultType: string | undefined;
  readonly buildpackDefaultType: string | undefined;
}

/**
 * Puts the processes of all buildpacks together (buildpack API §launch.toml). A process that comes again without being the default takes
 * the default away. Throws USAGE when the type that was asked for does not exist.
 */
export function launchMetadata(outputs: readonly BuildpackOutput[], wanted?: string): LaunchMetadata {
  const processes = new Map<string, Process>();
  let buildpackDefaultType: string | undefined;
  for (const process of outputs.flatMap((output) => output.processes)) {
    processes.set(process.type, process);
    if (process.isDefault) buildpackDefaultType = process.type;
    else if (buildpackDefaultType === process.type) buildpackDefaultType = undefined;
  }
  if (wanted !== undefined && !processes.has(wanted)) {
    const types = [...processes.keys()].sort();
    throw new LadingError('USAGE', `Cannot start "${wanted}" by default: no buildpack defines such a process`, {
      hint: types.length === 0 ? 'The buildpacks define none.' : `There is ${types.join(', ')}.`,
    });
  }
  const sorted = [...processes.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
  return { processes: sorted, defaultType: wanted ?? buildpackDefaultType, buildpackDefaultType };
}

/** `<layers>/config/metadata.toml` (platform API §metadata.toml). */
export function metadataToml(outputs: readonly BuildpackOutput[], launch: LaunchMetadata): string {
  const { processes, buildpackDefaultType } = launch;
  const table: TomlTable = {
    ...(buildpackDefaultType === undefined ? {} : { 'buildpack-default-process-type': buildpackDefaultType }),
    buildpacks: outputs.map(({ buildpack: { id, version, api, homepage } }) => ({
      ...{ id, version, api },
      ...(homepage === undefined ? {} : { homepage }),
    })),
    processes: processes.map((process) => ({ ...processFields(process), 'buildpack-id': process.buildpackId })),
    slices: outputs.flatMap(({ slices }) => slices.map((paths) => ({ paths }))),
  };
  return formatToml(table);
}

/** The label `io.buildpacks.build.metadata`. */
export function buildMetadata(
  outputs: readonly BuildpackOutput[],
  { processes, buildpackDefaultType }: LaunchMetadata,
  launcherVersion: string,
): BuildMetadata {
  return {
    ...(buildpackDefaultType === undefined ? {} : { 'buildpack-default-process-type': buildpackDefaultType }),
    buildpacks: outputs.map(({ buildpack: { id, version, api, homepage } }) => ({
      ...{ id, version },
      ...(homepage === undefined ? {} : { homepage }),
      api,
    })),
    launcher: { version: launcherVersion, source: { git: { repository: '', commit: '' } } },
    processes: processes.map((process) => ({ ...processFields(process), buildpackID: process.buildpackId })),
  };
}

function processFields({ type, command, args, direct, workingDirectory, execEnv }: Process) {
  return {
    ...{ type, command, args, direct },
    ...(workingDirectory === undefined ? {} : { 'working-dir': workingDirectory }),
    ...(execEnv.length === 0 ? {} : { 'exec-env': execEnv }),
  };
}

/** What a process runs with no arguments, and what comes before arguments that are given (platform API §launcher). */
export function commandLines(
  process: Process,
  api: string,
): { readonly alone: readonly string[]; readonly before: readonly string[] } {
  const { command, args } = process;
  const alone = [...command, ...args];
  return { alone, before: command.length > 1 || isAtLeast(api, '0.9') ? command : alone };
}
