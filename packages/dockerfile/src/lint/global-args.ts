import type { Dockerfile } from '../dockerfile.ts';
import type { Environment } from '../expand.ts';
import { trackedExpand } from './tracked-expand.ts';

/** The arguments that FROM can use. */
export interface GlobalArgs {
  readonly look: Environment;
  /** Every name that is declared or predefined, with a value or not. */
  readonly names: ReadonlySet<string>;
}

export interface LintPlatform {
  readonly os: string;
  readonly architecture: string;
}

/**
 * The values of the ARGs before the first FROM and of the predefined ones (Dockerfile reference §automatic platform ARGs). Where no
 * platform is told, they stand for some linux/amd64: what is checked is whether there is a value, not which.
 */
export function globalArgs(
  dockerfile: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
  platform: LintPlatform = { os: 'linux', architecture: 'amd64' },
): GlobalArgs {
  const values = new Map<string, string | undefined>();
  for (const side of ['BUILD', 'TARGET']) {
    values.set(`${side}PLATFORM`, `${platform.os}/${platform.architecture}`);
    values.set(`${side}OS`, platform.os);
    values.set(`${side}OSVERSION`, '');
    values.set(`${side}ARCH`, platform.architecture);
    values.set(`${side}VARIANT`, '');
  }
  values.set('TARGETSTAGE', dockerfile.stages.at(-1)?.name ?? 'default');
  for (const name of values.keys()) if (Object.hasOwn(buildArgs, name)) values.set(name, buildArgs[name]);
  const look: Environment = (name) => values.get(name);
  for (const { args } of dockerfile.globalArgs) {
    for (const { name, value } of args) {
      const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
      const fallback =
        value === undefined ? values.get(name) : trackedExpand(value, look, dockerfile.directives.escape).text;
      values.set(name, given ?? fallback);
    }
  }
  return { look, names: new Set(values.keys()) };
}
