import { assertBuildpackApi } from './api-version.ts';
import { type Order, readOrder } from './order.ts';
import type { SupportedTarget } from './target.ts';
import { flagAt, invalid, parseToml, requiredTextAt, type TomlTable, tableAt, tablesAt, textAt } from './toml.ts';

/** A buildpack as its `buildpack.toml` describes it (buildpack API §buildpack.toml). */
export interface BuildpackDescriptor {
  readonly api: string;
  readonly id: string;
  readonly version: string;
  readonly homepage?: string | undefined;
  /** Variables of the user are not set for it; it finds them as files. */
  readonly clearEnv: boolean;
  /** Execution environments that it is for; none for all. */
  readonly execEnv: readonly string[];
  readonly targets: readonly SupportedTarget[];
  /** Not empty for a composite buildpack: what it stands for. */
  readonly order: Order;
}

/** Throws BUILDPACK_INVALID, and BUILD_UNSUPPORTED for an API version that Lading does not speak. */
export function parseBuildpack(text: string, what: string): BuildpackDescriptor {
  const table = parseToml(text, what);
  const buildpack = tableAt(table, 'buildpack', what);
  const id = requiredTextAt(buildpack, 'id', what);
  const version = requiredTextAt(buildpack, 'version', what);
  if (!/^[A-Za-z0-9./_-]+$/.test(id) || id.split('/').some((part) => /^\.*$/.test(part)))
    throw invalid(what, `"${id}" is not a buildpack ID`);
  if (['app', 'config', 'generated', 'sbom'].includes(id)) throw invalid(what, `the ID "${id}" is reserved`);
  if (!/^[A-Za-z0-9.+_-]+$/.test(version) || /^\.+$/.test(version))
    throw invalid(what, `"${version}" is not a version`);
  const api = requiredTextAt(table, 'api', what);
  assertBuildpackApi(api, `buildpack ${id} ${version}`);
  return {
    api,
    id,
    version,
    homepage: textAt(buildpack, 'homepage', what),
    clearEnv: flagAt(buildpack, 'clear-env', what),
    execEnv: execEnvOf(buildpack, what),
    targets: targetsOf(table, what),
    order: readOrder(table, what),
  };
}

/** As files lie in an image: `samples/node` in a folder `samples_node`. */
export function escapeId(id: string): string {
  return id.replaceAll('/', '_');
}

/** Absolute, in the build image (platform API §buildpacks directory layout). */
export function buildpackFolder({ id, version }: { readonly id: string; readonly version: string }): string {
  return `/cnb/buildpacks/${escapeId(id)}/${version}`;
}

/** The specification has tables with a name, the lifecycle reads plain strings. */
function execEnvOf(buildpack: TomlTable, what: string): readonly string[] {
  const value = buildpack['exec-env'];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  return tablesAt(buildpack, 'exec-env', what).map((table) => requiredTextAt(table, 'name', what));
}

function targetsOf(table: TomlTable, what: string): SupportedTarget[] {
  const targets = tablesAt(table, 'targets', what).map((target) => ({
    os: textAt(target, 'os', what),
    arch: textAt(target, 'arch', what),
    variant: textAt(target, 'variant', what),
    distros: [...tablesAt(target, 'distros', what), ...tablesAt(target, 'distributions', what)].map((distro) => ({
      name: textAt(distro, 'name', what) ?? '',
      version: textAt(distro, 'version', what) ?? '',
    })),
  }));
  if (targets.length > 0) return targets;
  // Deprecated in API 0.10: stacks, of which two have a meaning as targets.
  const stacks = tablesAt(table, 'stacks', what).map((stack) => textAt(stack, 'id', what));
  if (stacks.includes('*')) return [];
  const bionic = { os: 'linux', arch: 'amd64', distros: [{ name: 'ubuntu', version: '18.04' }] };
  return stacks.includes('io.buildpacks.stacks.bionic') ? [bionic] : [];
}

/** Whether a list of execution environments, of a buildpack or a process, has the one (platform API §launcher). */
export function isForExecEnv(list: readonly string[], execEnv: string): boolean {
  return list.length === 0 || list.includes('*') || list.includes(execEnv);
}
