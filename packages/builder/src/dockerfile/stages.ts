import { type Dockerfile, type Instruction, type Stage, stageIndex } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';

/** The stage to build: by name or index, else the last. Throws BUILD_INVALID and lists what there is. */
export function targetStage(dockerfile: Dockerfile, target: string | undefined): Stage {
  const index = target === undefined ? dockerfile.stages.length - 1 : stageIndex(dockerfile, target);
  const stage = index === undefined ? undefined : dockerfile.stages[index];
  if (stage !== undefined) return stage;
  throw new LadingError('BUILD_INVALID', `Cannot build the target "${target}": the Dockerfile has no such stage`, {
    hint: `It has ${namesOf(dockerfile)}.`,
  });
}

/** The stage that a FROM starts from: one above it, by name. Undefined for an image. */
export function baseStage(dockerfile: Dockerfile, stage: Stage, base: string): Stage | undefined {
  const index = /^\d+$/.test(base) ? undefined : stageIndex(dockerfile, base, stage.index);
  return index === undefined ? undefined : dockerfile.stages[index];
}

/** The stage that `--from` means, by name or index; it may also stand below. Undefined for an image. Throws BUILD_INVALID. */
export function sourceStage(dockerfile: Dockerfile, from: string): Stage | undefined {
  const index = stageIndex(dockerfile, from);
  if (index !== undefined) return dockerfile.stages[index];
  if (!/^\d+$/.test(from)) return undefined;
  throw new LadingError('BUILD_INVALID', `Cannot copy from stage ${from}: the Dockerfile has no such stage`, {
    hint: `It has ${namesOf(dockerfile)}.`,
  });
}

/**
 * The stages that a stage needs, itself included, in the order of the file. Others are never built.
 * `contexts` are what stands in the place of stages. Throws BUILD_INVALID for stages that need each other.
 */
export function neededStages(
  dockerfile: Dockerfile,
  target: Stage,
  baseOf: (stage: Stage) => string,
  contexts?: { get(name: string): unknown } | undefined,
): readonly Stage[] {
  const needed = new Set<Stage>();
  const path: Stage[] = [];
  const visit = (stage: Stage): void => {
    if (path.includes(stage)) throw circular([...path.slice(path.indexOf(stage)), stage]);
    if (needed.has(stage)) return;
    // What stands in the place of a stage needs nothing of what the stage needs.
    if (stage.name !== undefined && contexts?.get(stage.name) !== undefined) {
      needed.add(stage);
      return;
    }
    path.push(stage);
    const base = baseStage(dockerfile, stage, baseOf(stage));
    if (base !== undefined) visit(base);
    for (const name of stage.instructions.flatMap(sourcesOf)) {
      const source = sourceStage(dockerfile, name);
      if (source !== undefined) visit(source);
    }
    path.pop();
    needed.add(stage);
  };
  visit(target);
  return [...needed].sort((a, b) => a.index - b.index);
}

/** The stages whose layers go into the image: the target, what it starts from, and so on. */
export function imageStages(
  dockerfile: Dockerfile,
  target: Stage,
  baseOf: (stage: Stage) => string,
): ReadonlySet<Stage> {
  const stages = new Set<Stage>();
  for (let at: Stage | undefined = target; at !== undefined; at = baseStage(dockerfile, at, baseOf(at))) stages.add(at);
  return stages;
}

/** As a Dockerfile writes it, else what the build calls it. */
export function nameOf(stage: Stage): string {
  return stage.name ?? `stage-${stage.index}`;
}

function sourcesOf(instruction: Instruction): string[] {
  if (instruction.keyword === 'COPY') return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.keyword === 'RUN') return instruction.mounts.flatMap((mount) => mount.from ?? []);
  return [];
}

function namesOf(dockerfile: Dockerfile): string {
  return dockerfile.stages.map((stage) => stage.name ?? String(stage.index)).join(', ');
}

export function circular(stages: readonly Stage[]): LadingError {
  return new LadingError('BUILD_INVALID', `Stages need each other: ${stages.map(nameOf).join(' → ')}`, {
    hint: 'Move what both need into a stage of its own.',
  });
}
