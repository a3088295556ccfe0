import { collect, type Io } from '@lading/bytes';
import type { FileNode } from '@lading/filetree';
import type { FileSystem } from '../file-system.ts';
import { isAtLeast } from './api-version.ts';
import { type BuildpackDescriptor, escapeId } from './descriptor.ts';
import type { EnvFiles } from './environment.ts';
import {
  flagAt,
  invalid,
  parseToml,
  requiredTextAt,
  type TomlTable,
  tableAt,
  tablesAt,
  textAt,
  textsAt,
} from './toml.ts';

/** A software bill of materials that a buildpack wrote. */
export interface SbomFile {
  /** `cdx.json`, `spdx.json` or `syft.json`. */
  readonly format: string;
  readonly node: FileNode;
}

/** A layer as its buildpack left it (buildpack API §layer content metadata). */
export interface BuildpackLayer {
  readonly name: string;
  /** Relative to the root, as in archives: `layers/samples_node/modules`. */
  readonly path: string;
  /** Whether there is a folder, or only its description. */
  readonly present: boolean;
  readonly launch: boolean;
  readonly build: boolean;
  readonly cache: boolean;
  readonly metadata: TomlTable | undefined;
  readonly sboms: readonly SbomFile[];
  /** Names of what lies in the folder. */
  readonly inside: ReadonlySet<string>;
  /** Of `env` and then `env.build`. */
  readonly buildEnv: readonly EnvFiles[];
}

export interface Process {
  readonly type: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly direct: boolean;
  readonly isDefault: boolean;
  readonly workingDirectory?: string | undefined;
  readonly execEnv: readonly string[];
  readonly buildpackId: string;
}

/** Everything that bin/build left in its layers folder (buildpack API §build). */
export interface BuildpackOutput {
  readonly buildpack: BuildpackDescriptor;
  /** By name. */
  readonly layers: readonly BuildpackLayer[];
  readonly processes: readonly Process[];
  readonly slices: readonly (readonly string[])[];
  readonly labels: readonly (readonly [key: string, value: string])[];
  readonly unmet: readonly string[];
  /** `store.toml`, kept for the next build. */
  readonly store: TomlTable | undefined;
  readonly launchSboms: readonly SbomFile[];
  readonly buildSboms: readonly SbomFile[];
}

/** Of files in a layers folder that are not layers. */
const reserved: readonly string[] = ['launch', 'build', 'store'];
const sbomName = /^(.+)\.sbom\.((?:cdx|spdx|syft)\.json)$/;
const maxFileBytes = 4 << 20;

/** Reads what a buildpack left. Throws BUILDPACK_INVALID for a file that does not follow the specification. */
export async function readOutput(system: FileSystem, buildpack: BuildpackDescriptor, io: Io): Promise<BuildpackOutput> {
  const folder = `layers/${escapeId(buildpack.id)}`;
  const listed = system.tree.list(folder);
  const names = listed.map(({ path }) => path.slice(folder.length + 1));
  const layerNames = names.filter((name) => name.endsWith('.toml')).map((name) => name.slice(0, -'.toml'.length));
  const envFolders = layerNames.flatMap((name) => ['env', 'env.build'].map((env) => `${folder}/${name}/${env}`));
  const envFiles = envFolders.flatMap((path) => system.tree.list(path).map((node) => fileAt(system, node.path)));
  const tomls = layerNames.map((name) => fileAt(system, `${folder}/${name}.toml`));
  const texts = await readTexts(system, [...tomls, ...envFiles], io);

  const textOf = (path: string): string => texts.get(fileAt(system, path)?.path ?? '') ?? '';
  const tableOf = (name: string) => parseToml(textOf(`${folder}/${name}.toml`), `${name}.toml of ${buildpack.id}`);
  const sboms = listed.flatMap((node) => {
    const [, name, format] = sbomName.exec(node.path.slice(folder.length + 1)) ?? [];
    return name === undefined || format === undefined || node.type !== 'file' ? [] : [{ name, format, node }];
  });
  const sbomsOf = (name: string) => sboms.filter((sbom) => sbom.name === name);

  const layers = layerNames
    .filter((name) => !reserved.includes(name))
    .map((name): BuildpackLayer => {
      const what = `${name}.toml of ${buildpack.id}`;
      const table = tableOf(name);
      for (const flag of ['launch', 'build', 'cache'])
        if (typeof table[flag] === 'boolean') throw invalid(what, `"${flag}" has to stand under [types]`);
      const types = tableAt(table, 'types', what);
      const path = `${folder}/${name}`;
      const present = system.tree.get(path)?.type === 'directory';
      const inside = new Set(system.tree.list(path).map((node) => node.path.slice(path.length + 1)));
      const envOf = (env: string): EnvFiles =>
        system.tree.list(`${path}/${env}`).flatMap((node) => {
          const found = fileAt(system, node.path);
          return found === undefined
            ? []
            : [[node.path.slice(node.path.lastIndexOf('/') + 1), textOf(node.path)] as const];
        });
      return {
        ...{ name, path, present, inside, sboms: sbomsOf(name) },
        launch: flagAt(types, 'launch', what),
        build: flagAt(types, 'build', what),
        cache: flagAt(types, 'cache', what),
        metadata: table.metadata === undefined ? undefined : tableAt(table, 'metadata', what),
        buildEnv: ['env', 'env.build'].map(envOf),
      };
    });
  const launch = tableOf('launch');
  const build = tableOf('build');
  return {
    buildpack,
    layers,
    processes: processesOf(launch, buildpack),
    slices: tablesAt(launch, 'slices', 'launch.toml').map((slice) => textsAt(slice, 'paths', 'launch.toml')),
    labels: labelsOf(launch, `launch.toml of ${buildpack.id}`),
    unmet: tablesAt(build, 'unmet', 'build.toml').map((one) =>
      requiredTextAt(one, 'name', `build.toml of ${buildpack.id}`),
    ),
    store: layerNames.includes('store') ? tableAt(tableOf('store'), 'metadata', 'store.toml') : undefined,
    launchSboms: sbomsOf('launch'),
    buildSboms: sbomsOf('build'),
  };
}

/** A file, links followed; undefined for anything else. */
function fileAt(system: FileSystem, path: string): FileNode | undefined {
  const node = system.tree.lookup(path);
  return node?.type === 'file' ? node : undefined;
}

/** The texts of small files by path, in one pass over each layer. */
async function readTexts(
  system: FileSystem,
  nodes: readonly (FileNode | undefined)[],
  io: Io,
): Promise<ReadonlyMap<string, string>> {
  const wanted = nodes.filter((node) => node !== undefined && node.size > 0) as FileNode[];
  const texts = new Map<string, string>();
  for await (const [node, content] of system.read(wanted, io))
    texts.set(node.path, (await collect(content, { maxBytes: maxFileBytes, what: node.path })).toString('utf8'));
  return texts;
}

function processesOf(launch: TomlTable, { id, api }: BuildpackDescriptor): Process[] {
  const what = `launch.toml of ${id}`;
  const processes = tablesAt(launch, 'processes', what).map((table): Process => {
    const type = requiredTextAt(table, 'type', what);
    if (!/^[\w.-]+$/.test(type) || /^\.+$/.test(type)) throw invalid(what, `"${type}" is not a process type`);
    // Before 0.9 the command was a string, for a shell unless it was direct.
    const command = typeof table.command === 'string' ? [table.command] : textsAt(table, 'command', what);
    if (command.length === 0) throw invalid(what, `the process "${type}" has no command`);
    return {
      ...{ type, command, args: textsAt(table, 'args', what), buildpackId: id },
      direct: isAtLeast(api, '0.9') || flagAt(table, 'direct', what),
      isDefault: flagAt(table, 'default', what),
      workingDirectory: textAt(table, 'working-dir', what),
      execEnv: isAtLeast(api, '0.12') ? textsAt(table, 'exec-env', what) : [],
    };
  });
  if (processes.filter(({ isDefault }) => isDefault).length > 1)
    throw invalid(what, 'more than one process is the default');
  return processes;
}

function labelsOf(launch: TomlTable, what: string): (readonly [string, string])[] {
  return tablesAt(launch, 'labels', what).map((label) => [
    requiredTextAt(label, 'key', what),
    textAt(label, 'value', what) ?? '',
  ]);
}
