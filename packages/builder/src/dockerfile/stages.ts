import { type Dockerfile, type Instruction, type Stage, stageIndex } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';

/** The stage to build: by name or index, else the last. Throws BUILD_INVALID and lists what there is. */
export function targetStage(dockerfile: Dockerfile, target: string | undefined): Stage {
  const index = target === undefined ? dockerfile.stages.length - 1 : stageIndex(dockerfile, target);
  const stage = index === undefined ? undefined : dockerfile.stages[index];
  if (stage !== undefined) return stage;
  const names = dockerfile.stages.map((candidate) => candidate.name ?? String(candidate.index));
  throw new LadingError('BUILD_INVALID', `Cannot build the target "${target}": the Dockerfile has no such stage`, {
    hint: `It has ${names.join(', ')}.`,
  });
}

/** The earlier stage that a name in `FROM` or `--from` means; a stage can only use those above it. */
export function earlierStage(dockerfile: Dockerfile, before: number, name: string): Stage | undefined {
  const index = stageIndex(dockerfile, name);
  if (index !== undefined && index < before) return dockerfile.stages[index];
  // A name that is used again below means the one above.
  return dockerfile.stages.findLast((stage) => stage.index < before && stage.name === name.toLowerCase());
}

/** The stages that a stage needs, itself included, in the order of the file. Others are never built. */
export function neededStages(
  dockerfile: Dockerfile,
  target: Stage,
  baseOf: (stage: Stage) => string,
): readonly Stage[] {
  const needed = new Set<Stage>();
  const visit = (stage: Stage): void => {
    if (needed.has(stage)) return;
    needed.add(stage);
    const names = [baseOf(stage), ...stage.instructions.flatMap(sourcesOf)];
    for (const name of names) {
      const dependency = earlierStage(dockerfile, stage.index, name);
      if (dependency !== undefined) visit(dependency);
    }
  };
  visit(target);
  return [...needed].sort((a, b) => a.index - b.index);
}

function sourcesOf(instruction: Instruction): string[] {
  if (instruction.keyword === 'COPY') return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.keyword === 'RUN') return instruction.mounts.flatMap((mount) => mount.from ?? []);
  return [];
}
