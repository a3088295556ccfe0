/** Variables of a process by name. */
export type Variables = ReadonlyMap<string, string>;

/** The name and content of a file in an `env` folder. */
export type EnvFiles = readonly (readonly [name: string, content: string])[];

/** Folders of a layer, and the variables that list them during the build (buildpack API §layer paths). */
export const buildPaths = {
  bin: ['PATH'],
  lib: ['LD_LIBRARY_PATH', 'LIBRARY_PATH'],
  include: ['CPATH'],
  pkgconfig: ['PKG_CONFIG_PATH'],
} as const;

const pathVariables: readonly string[] = Object.values(buildPaths).flat();

/** Those of the build image that buildpacks see; everything else there is not for them. */
const inherited: readonly string[] = ['CNB_STACK_ID', 'HOSTNAME', 'HOME', ...pathVariables];

export function inheritedVariables(imageEnv: readonly string[]): Variables {
  const all = imageEnv.map((entry) => {
    const equals = entry.indexOf('=');
    return equals < 0 ? ([entry, ''] as const) : ([entry.slice(0, equals), entry.slice(equals + 1)] as const);
  });
  return new Map(all.filter(([name]) => inherited.includes(name)));
}

/** Puts a layer's folders in front. `folders` are the names that the layer has, such as `bin`. */
export function withLayerPaths(variables: Variables, layer: string, folders: ReadonlySet<string>): Variables {
  const result = new Map(variables);
  for (const [folder, names] of Object.entries(buildPaths)) {
    if (!folders.has(folder)) continue;
    for (const name of names) result.set(name, joined(`${layer}/${folder}`, result.get(name), ':'));
  }
  return result;
}

/**
 * Applies the files of one `env` folder in the order of their names (buildpack API §environment variable modification rules).
 * A file without suffix overrides, or is a default where `plain` says so; one with a suffix that means nothing is passed over.
 */
export function withEnvFiles(
  variables: Variables,
  files: EnvFiles,
  plain: 'override' | 'default' = 'override',
): Variables {
  const result = new Map(variables);
  const delimiters = new Map(files.filter(([name]) => name.endsWith('.delim')));
  for (const [file, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const dot = file.indexOf('.');
    const name = dot < 0 ? file : file.slice(0, dot);
    const rule = dot < 0 ? plain : file.slice(dot + 1);
    const before = result.get(name);
    const delimiter = delimiters.get(`${name}.delim`) ?? '';
    if (rule === 'override' || (rule === 'default' && !before)) result.set(name, content);
    if (rule === 'prepend') result.set(name, joined(content, before, delimiter));
    if (rule === 'append') result.set(name, before ? `${before}${delimiter}${content}` : content);
  }
  return result;
}

/** What the user gave wins, but is put in front of paths (buildpack API §provided by the platform). */
export function withUserVariables(variables: Variables, given: Readonly<Record<string, string>>): Variables {
  const result = new Map(variables);
  for (const [name, value] of Object.entries(given))
    result.set(name, pathVariables.includes(name) ? joined(value, result.get(name), ':') : value);
  return result;
}

function joined(first: string, second: string | undefined, delimiter: string): string {
  return second ? `${first}${delimiter}${second}` : first;
}
