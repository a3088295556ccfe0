import { withVariable } from '../dockerfile/scope.ts';
import type { BuildConfig } from '../stage-state.ts';
import type { UpperInstruction } from './upper-instructions.ts';

type Records = 'Labels' | 'ExposedPorts' | 'Volumes';
const records: readonly Records[] = ['Labels', 'ExposedPorts', 'Volumes'];

/**
 * The config of an image on another base. What the image set, or has otherwise than its base, stays; all else is the new base's: its
 * variables, labels, user and so on flow through.
 */
export function mergeConfig(
  base: BuildConfig,
  image: BuildConfig,
  onto: BuildConfig,
  instructions: readonly UpperInstruction[],
): BuildConfig {
  // Triggers of a base are run by a build, and are not the image's own.
  const set = membersSet(instructions).add('OnBuild');
  // An ENTRYPOINT takes back the CMD of the base.
  if (set.has('Entrypoint') || !isSame(image.Entrypoint, base.Entrypoint)) set.add('Cmd');
  const merged: Record<string, unknown> = { ...onto };
  for (const name of new Set([...Object.keys(base), ...Object.keys(image), 'OnBuild']) as Set<keyof BuildConfig>) {
    if (name === 'Env') merged[name] = mergedEnv(base.Env ?? [], image.Env ?? [], onto.Env ?? [], set);
    else if (isRecord(name))
      merged[name] = mergedRecord(name, base[name] ?? {}, image[name] ?? {}, onto[name] ?? {}, set);
    else if (set.has(name) || !isSame(image[name], base[name])) {
      if (image[name] === undefined) delete merged[name];
      else merged[name] = image[name];
    }
  }
  for (const name of records)
    if (Object.keys((merged[name] as object | undefined) ?? {}).length === 0) delete merged[name];
  return merged as BuildConfig; // each member is one of the three
}

function isRecord(name: keyof BuildConfig): name is Records {
  return (records as readonly string[]).includes(name);
}

function mergedEnv(
  base: readonly string[],
  image: readonly string[],
  onto: readonly string[],
  set: ReadonlySet<string>,
): readonly string[] {
  const [before, own] = [variables(base), variables(image)];
  let env = onto.filter((entry) => !before.has(nameOf(entry)) || own.has(nameOf(entry)));
  for (const [name, value] of own) {
    if (set.has(`Env.${name}`) || before.get(name) !== value) env = withVariable(env, name, value);
  }
  return env;
}

function mergedRecord(
  member: Records,
  base: Readonly<Record<string, unknown>>,
  image: Readonly<Record<string, unknown>>,
  onto: Readonly<Record<string, unknown>>,
  set: ReadonlySet<string>,
): Record<string, unknown> {
  const kept = Object.entries(onto).filter(([name]) => !(name in base) || name in image);
  const own = Object.entries(image).filter(
    ([name, value]) => set.has(`${member}.${name}`) || !(name in base) || !isSame(value, base[name]),
  );
  return Object.fromEntries([...kept, ...own]);
}

/** Members that instructions set, also to what the base has: `User`, `Env.PATH`, `Labels.version`. */
function membersSet(instructions: readonly UpperInstruction[]): Set<string> {
  const set = new Set<string>();
  for (const { parsed } of instructions) {
    switch (parsed?.keyword) {
      case 'ENV':
        for (const { name } of parsed.variables) set.add(`Env.${name}`);
        break;
      case 'LABEL':
        for (const { name } of parsed.labels) set.add(`Labels.${name}`);
        break;
      case 'EXPOSE':
        for (const port of parsed.ports) set.add(`ExposedPorts.${port.includes('/') ? port : `${port}/tcp`}`);
        break;
      case 'VOLUME':
        for (const path of parsed.paths) set.add(`Volumes.${path}`);
        break;
      default: {
        const member = parsed === undefined ? undefined : members[parsed.keyword];
        if (member !== undefined) set.add(member);
      }
    }
  }
  return set;
}

const members: Readonly<Record<string, string>> = {
  USER: 'User',
  WORKDIR: 'WorkingDir',
  CMD: 'Cmd',
  ENTRYPOINT: 'Entrypoint',
  STOPSIGNAL: 'StopSignal',
  SHELL: 'Shell',
  HEALTHCHECK: 'Healthcheck',
  ONBUILD: 'OnBuild',
};

function variables(env: readonly string[]): Map<string, string> {
  return new Map(env.map((entry) => [nameOf(entry), entry.slice(nameOf(entry).length + 1)]));
}

function nameOf(entry: string): string {
  const equals = entry.indexOf('=');
  return equals < 0 ? entry : entry.slice(0, equals);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
