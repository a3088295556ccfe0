import type { Dockerfile, Stage } from '../dockerfile.ts';
import type { Environment } from '../expand.ts';
import type { IgnoreFile } from '../ignore-file.ts';
import type { RunInstruction } from '../instruction.ts';
import { SourceText } from '../internal/source.ts';
import { type GlobalArgs, globalArgs, type LintPlatform } from './global-args.ts';
import { type RunScript, runScript } from './shell/run-script.ts';
import { trackedExpand } from './tracked-expand.ts';

/** What is known of an image that a stage starts from. */
export interface BaseConfig {
  /** `NAME=value` */
  readonly env?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly shell?: readonly string[] | undefined;
  readonly healthcheck?: boolean | undefined;
  readonly platform?: LintPlatform | undefined;
}

/** What a build would know, as far as the caller has it. */
export interface Knowledge {
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** What the image is for. */
  readonly platform?: LintPlatform | undefined;
  /** Of the context. */
  readonly ignore?: IgnoreFile | undefined;
  /** The config of the image that a stage starts from; undefined when it is not known. */
  readonly baseConfig?: ((stage: Stage) => BaseConfig | undefined) | undefined;
  /** The stages that are built, by index; all unless told. */
  readonly stages?: ReadonlySet<number> | undefined;
}

/** What the rules look at: a Dockerfile, with what several of them would else work out each for itself. */
export interface Subject {
  readonly dockerfile: Dockerfile;
  readonly source: SourceText;
  readonly knowledge: Knowledge;
  readonly global: GlobalArgs;
  /** The stages that are built. */
  readonly stages: readonly LintStage[];
}

export interface LintStage {
  readonly stage: Stage;
  /** The FROM with the defaults of its arguments; as written where it cannot be expanded. */
  readonly image: string;
  /** The stage that it starts from. */
  readonly base: LintStage | undefined;
  /** Of the image that it starts from; undefined for a stage, scratch, or what is not known. */
  readonly baseConfig: BaseConfig | undefined;
  /** The shell at the end of the stage. */
  readonly shell: readonly string[];
  readonly shellIsSet: boolean;
  /** True when its layers are part of an image: of the last stage, or of one that no other stage uses. */
  readonly shipped: boolean;
  /** Its RUNs, in order; read when they are first asked for. */
  readonly runs: readonly RunScript[];
}

const defaultShell: readonly string[] = ['/bin/sh', '-c'];

export function subjectOf(dockerfile: Dockerfile, knowledge: Knowledge): Subject {
  const source = new SourceText(dockerfile.text, dockerfile.filename);
  const global = globalArgs(dockerfile, knowledge.buildArgs ?? {}, knowledge.platform);
  const byName = new Map<string, LintStage>();
  const all: LintStage[] = [];
  const shipped = shippedStages(dockerfile, global.look);
  for (const stage of dockerfile.stages) {
    const image = trackedExpand(stage.from.image, global.look, dockerfile.directives.escape).text ?? stage.from.image;
    const base = byName.get(image.toLowerCase());
    const baseConfig = base === undefined && image !== 'scratch' ? knowledge.baseConfig?.(stage) : undefined;
    let shell = base?.shell ?? baseConfig?.shell ?? defaultShell;
    let shellIsSet = base?.shellIsSet ?? (baseConfig?.shell?.length ?? 0) > 0;
    const runs: { instruction: RunInstruction; shell: readonly string[] }[] = [];
    for (const instruction of stage.instructions) {
      if (instruction.keyword === 'SHELL') {
        shell = instruction.shell;
        shellIsSet = true;
      } else if (instruction.keyword === 'RUN') {
        runs.push({ instruction, shell });
      }
    }
    let scripts: readonly RunScript[] | undefined;
    const own: LintStage = {
      ...{ stage, image, base, baseConfig, shell, shellIsSet, shipped: shipped.has(stage.index) },
      get runs() {
        scripts ??= runs.map((run) => runScript(run.instruction, run.shell, source, dockerfile.directives.escape));
        return scripts;
      },
    };
    all.push(own);
    if (stage.name !== undefined) byName.set(stage.name, own);
  }
  const { stages } = knowledge;
  return {
    dockerfile,
    source,
    knowledge,
    global,
    stages: stages === undefined ? all : all.filter(({ stage }) => stages.has(stage.index)),
  };
}

/** The images of registries that stages start from, with the defaults of arguments: what a caller may look up before it lints. */
export function externalBases(
  dockerfile: Dockerfile,
  knowledge: Knowledge = {},
): readonly { stage: Stage; image: string }[] {
  return subjectOf(dockerfile, knowledge).stages.flatMap(({ stage, image, base }) =>
    base === undefined && image !== 'scratch' ? [{ stage, image }] : [],
  );
}

/** Stages that nothing copies from, and those that they start from. */
function shippedStages(dockerfile: Dockerfile, look: Environment): ReadonlySet<number> {
  const byName = new Map<string, number>();
  const bases = new Map<number, number>();
  const used = new Set<number>();
  for (const { index, name, from } of dockerfile.stages) {
    const base = byName.get((trackedExpand(from.image, look, dockerfile.directives.escape).text ?? '').toLowerCase());
    if (base !== undefined) bases.set(index, base);
    if (name !== undefined) byName.set(name, index);
  }
  for (const { instructions } of dockerfile.stages) {
    for (const instruction of instructions) {
      const names =
        instruction.keyword === 'COPY'
          ? [instruction.from]
          : instruction.keyword === 'RUN'
            ? instruction.mounts.map(({ from }) => from)
            : [];
      for (const name of names) {
        const index = name === undefined ? undefined : (byName.get(name.toLowerCase()) ?? Number(name));
        if (index !== undefined) used.add(index);
      }
    }
  }
  const last = dockerfile.stages.length - 1;
  const shipped = new Set<number>();
  const derived = new Set(bases.values());
  for (const { index } of dockerfile.stages) {
    if (index !== last && (used.has(index) || derived.has(index))) continue;
    for (let at: number | undefined = index; at !== undefined && !shipped.has(at); at = bases.get(at)) shipped.add(at);
  }
  return shipped;
}
