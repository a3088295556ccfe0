import type { StepReport } from '../request.ts';
import { inStep, say } from '../step/in-step.ts';
import type { BuildSession, StepPlace } from '../step/session.ts';
import { assembleRootfs, type RootFilesystem } from './assemble.ts';
import { fetchPackages } from './fetch-packages.ts';
import type { Lock } from './lock.ts';
import type { RecipeProgress } from './progress.ts';
import type { Recipe } from './recipe.ts';
import type { RecipeOptions } from './recipe-options.ts';

export interface AssemblyRequest {
  readonly recipe: Recipe;
  readonly lock: Lock;
  /** In the distribution's words. */
  readonly architecture: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly options: RecipeOptions;
}

/** Puts a root file system together as steps of a build, which `steps` gets: the packages are fetched, then unpacked. Close it. */
export async function assembleInSteps(
  session: Pick<BuildSession, 'emit'>,
  { recipe, lock, architecture, epoch, options }: AssemblyRequest,
  { name, stage }: { readonly name: string; readonly stage: string },
  steps: StepReport[],
): Promise<RootFilesystem> {
  const packages = lock.packages[architecture] ?? [];
  const count = `${packages.length} package${packages.length === 1 ? '' : 's'}`;
  const place = (what: string): StepPlace => ({ id: `${name} ${what}`, title: `${name} ${what} ${count}`, stage });
  const download = place('download');
  const fetched = await inStep(session, download, async () => {
    const say = sayIn(session, download);
    let cached = true;
    const onProgress = (progress: RecipeProgress): void => {
      if (progress.cached === true) return;
      cached = false;
      say(progress);
    };
    const files = await fetchPackages(recipe, packages, { ...options, onProgress });
    return { files, cached };
  });
  steps.push(fetched.report);
  const unpack = place('unpack');
  const unpacked = await inStep(session, unpack, async () => {
    const more = { architecture, epoch, packageFiles: fetched.done.files, onProgress: sayIn(session, unpack) };
    return { cached: false, root: await assembleRootfs(recipe, lock, { ...options, ...more }) };
  });
  steps.push(unpacked.report);
  return unpacked.done.root;
}

/** Writes what is done as the step's output, a line each. */
export function sayIn(session: Pick<BuildSession, 'emit'>, place: StepPlace): (progress: RecipeProgress) => void {
  return ({ step, name, done, total, bytes }) => {
    const share = total === 0 ? 100 : Math.floor((done * 100) / total);
    say(session, place, `${step} ${name} (${bytes ? `${share}%` : `${done} of ${total}`})`);
  };
}
