import type { ArgInstruction, Dockerfile, Environment } from '@lading/dockerfile';
import { type ExpandOptions, expand } from '@lading/dockerfile';
import { formatPlatform, hostPlatform, type Platform } from '@lading/oci';

/** ARGs that need no declaration in a stage: they reach RUN and stay out of cache keys and history (Dockerfile reference §predefined ARGs). */
export const proxyArgs: ReadonlySet<string> = new Set(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
);

/** The variables of a Dockerfile before its first FROM, and of each FROM. Values are fixed when they are declared. */
export interface GlobalScope {
  readonly look: Environment;
  /** The value that an ARG without a default takes over in a stage. */
  declared(name: string): string | undefined;
}

export function globalScope(
  dockerfile: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
  platform: Platform,
  targetStage: string,
  epoch: number,
): GlobalScope {
  const values = new Map<string, string | undefined>(Object.entries(platformArgs(platform, targetStage)));
  values.set('SOURCE_DATE_EPOCH', String(epoch));
  for (const name of values.keys()) if (Object.hasOwn(buildArgs, name)) values.set(name, buildArgs[name]);
  const look: Environment = (name) => values.get(name);
  for (const instruction of dockerfile.globalArgs) {
    for (const { name, value } of instruction.args) {
      const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
      values.set(
        name,
        given ??
          (value === undefined ? values.get(name) : expand(value, look, { escape: dockerfile.directives.escape })),
      );
    }
  }
  return { look, declared: (name) => values.get(name) };
}

/** Whether a build argument is used without any ARG that declares it. */
export function isPredefinedArg(name: string): boolean {
  if (proxyArgs.has(name) || name === 'SOURCE_DATE_EPOCH' || name === 'TARGETSTAGE') return true;
  return /^(BUILD|TARGET)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)$/.test(name) || name.startsWith('BUILDKIT_');
}

/** Dockerfile reference §automatic platform ARGs in the global scope. */
function platformArgs(platform: Platform, targetStage: string): Record<string, string> {
  const parts = (prefix: string, { os, architecture, variant, ...rest }: Platform): Record<string, string> => ({
    [`${prefix}PLATFORM`]: formatPlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) }),
    [`${prefix}OS`]: os,
    [`${prefix}OSVERSION`]: rest['os.version'] ?? '',
    [`${prefix}ARCH`]: architecture,
    [`${prefix}VARIANT`]: variant ?? '',
  });
  return { ...parts('BUILD', hostPlatform()), ...parts('TARGET', platform), TARGETSTAGE: targetStage };
}

/** The ARGs that a stage has declared so far, in order. ENV hides an ARG of the same name. */
export class StageScope {
  readonly #global: GlobalScope;
  readonly #buildArgs: Readonly<Record<string, string>>;
  readonly #args: Map<string, string | undefined>;
  readonly #options: ExpandOptions;

  constructor(
    global: GlobalScope,
    buildArgs: Readonly<Record<string, string>>,
    options: ExpandOptions,
    inherited?: StageScope,
  ) {
    this.#global = global;
    this.#buildArgs = buildArgs;
    this.#options = options;
    this.#args = new Map(inherited === undefined ? [] : inherited.#args);
  }

  /** `ARG`: the build's value, else the default, else the global value. */
  declare(instruction: ArgInstruction, env: readonly string[]): void {
    for (const { name, value } of instruction.args) {
      const given = Object.hasOwn(this.#buildArgs, name) ? this.#buildArgs[name] : undefined;
      const fallback = value === undefined ? this.#global.declared(name) : this.expand(value, env);
      // Declared again without a value anywhere, it keeps the one it has.
      this.#args.set(name, given ?? fallback ?? this.#args.get(name));
    }
  }

  /** Looks a variable up as an instruction sees it. */
  environment(env: readonly string[]): Environment {
    const fixed = environmentMap(env);
    return (name) => fixed.get(name) ?? this.#args.get(name);
  }

  expand(word: string, env: readonly string[]): string {
    return expand(word, this.environment(env), this.#options);
  }

  get expandOptions(): ExpandOptions {
    return this.#options;
  }

  /** `NAME=value` of the declared ARGs that have a value and no ENV of the same name hides: what RUN gets besides ENV. */
  visibleArgs(env: readonly string[]): string[] {
    const fixed = environmentMap(env);
    return [...this.#args].flatMap(([name, value]) =>
      value === undefined || fixed.has(name) ? [] : [`${name}=${value}`],
    );
  }

  /** Proxy settings of the build that no ARG declares. */
  undeclaredProxies(): string[] {
    return Object.entries(this.#buildArgs).flatMap(([name, value]) =>
      proxyArgs.has(name) && !this.#args.has(name) ? [`${name}=${value}`] : [],
    );
  }
}

export function environmentMap(env: readonly string[]): Map<string, string> {
  return new Map(
    env.map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

/** The environment with one variable set: in its place when it was there, else at the end. */
export function withVariable(env: readonly string[], name: string, value: string): string[] {
  const at = env.findIndex((entry) => entry === name || entry.startsWith(`${name}=`));
  const entry = `${name}=${value}`;
  return at < 0 ? [...env, entry] : env.with(at, entry);
}
