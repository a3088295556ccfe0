import { LadingError } from '@lading/errors';
import type { Layer } from '@lading/image';
import { digestOf } from '@lading/oci';
import type { Mount } from '@lading/runtime';
import { whiteoutOf } from '@lading/tar';
import type { StepOutcome } from '../cache/step-cache.ts';
import { stepKey } from '../cache/step-key.ts';
import { fileSystemId } from '../stage-state.ts';
import { throughCache, writeStepLayer } from '../step/session.ts';
import type { BuildImage } from './build-image.ts';
import { type PlanEntry, planFor, type Requirement, withoutMet } from './build-plan.ts';
import { type BuildpackDescriptor, buildpackFolder, escapeId } from './descriptor.ts';
import { providedVariables } from './detect.ts';
import { type Variables, withEnvFiles, withLayerPaths, withUserVariables } from './environment.ts';
import { fileEntry, mtime } from './folder-entries.ts';
import { type BuildpackOutput, readOutput } from './layers-of.ts';
import { cachedLayer, inPhase, type PhaseSession, type PhaseStepSession } from './phase-session.ts';
import { inputFiles, layersFolder, planFile, platformFolder, runProgram } from './run-program.ts';
import type { Target } from './target.ts';
import { formatToml } from './toml.ts';

export interface BuildsOptions {
  readonly build: BuildImage;
  readonly group: readonly BuildpackDescriptor[];
  readonly plan: readonly PlanEntry[];
  /** On the build image: the application, and what was restored. */
  readonly layers: readonly Layer[];
  readonly target: Target;
  readonly execEnv: string;
  readonly env: Readonly<Record<string, string>>;
  readonly network: 'host' | 'none';
}

export interface BuildsResult {
  /** Those that were given, and what each buildpack changed. */
  readonly layers: readonly Layer[];
  /** In the order of the group. */
  readonly outputs: readonly BuildpackOutput[];
}

/**
 * Runs bin/build of each buildpack, each on what those before it left (buildpack API §phase 5). What one changed is a layer, taken from
 * the cache where nothing that it could see is different. Throws BUILD_STEP_FAILED, BUILDPACK_INVALID.
 */
export async function runBuilds(session: PhaseSession, options: BuildsOptions): Promise<BuildsResult> {
  const { build, group } = options;
  let layers = options.layers;
  let plan = options.plan;
  let variables = build.variables;
  const outputs: BuildpackOutput[] = [];
  for (const buildpack of group) {
    const requirements = planFor(plan, buildpack.id);
    const changed = await runBuild(session, options, { buildpack, layers, variables, requirements });
    if (changed !== undefined) layers = [...layers, changed];
    const system = await session.fileSystems.open(layers, session);
    const output = await readOutput(system, buildpack, session);
    assertUnmet(output, requirements);
    const hidden = await hideIgnored(session, output);
    if (hidden !== undefined) layers = [...layers, hidden];
    outputs.push(output);
    plan = withoutMet(plan, buildpack.id, output.unmet);
    variables = withBuildLayers(variables, output);
  }
  return { layers, outputs };
}

interface Run {
  readonly buildpack: BuildpackDescriptor;
  readonly layers: readonly Layer[];
  readonly variables: Variables;
  readonly requirements: readonly Requirement[];
}

async function runBuild(session: PhaseSession, options: BuildsOptions, run: Run): Promise<Layer | undefined> {
  const { build, env, target, execEnv, network } = options;
  const { buildpack, layers, requirements } = run;
  const { user } = build;
  const plan = { entries: requirements };
  const variables = new Map([
    ...(buildpack.clearEnv ? run.variables : withUserVariables(run.variables, env)),
    ['CNB_BUILDPACK_DIR', buildpackFolder(buildpack)],
    ['CNB_PLATFORM_DIR', platformFolder],
    ['CNB_LAYERS_DIR', `${layersFolder}/${escapeId(buildpack.id)}`],
    ['CNB_BP_PLAN_PATH', planFile],
    ...providedVariables(buildpack, target, execEnv),
  ]);
  const stack = [...build.layers, ...layers];
  const key = stepKey('buildpack', {
    buildpack: `${buildpack.id}@${buildpack.version}`,
    fileSystem: fileSystemId({ layers: stack }),
    plan: formatToml(plan),
    // What the user gives may be a secret.
    variables: digestOf(JSON.stringify([[...variables].sort(), Object.entries(env).sort()])),
    user: [String(user.uid), String(user.gid), ...user.additionalGids.map(String)],
    network,
  });
  const title = `build ${buildpack.id}@${buildpack.version}`;
  const { layer } = await inPhase(session, title, (step) =>
    throughCache(step, key, () => runInScratch(step, options, stack, run, variables, inputFiles({ env, plan }))),
  );
  return layer;
}

async function runInScratch(
  step: PhaseStepSession,
  { build, network }: BuildsOptions,
  stack: readonly Layer[],
  { buildpack }: Run,
  variables: Variables,
  mounts: readonly Mount[],
): Promise<StepOutcome> {
  const snapshots = await step.snapshots();
  const sources = stack.map((layer) => ({ diffId: layer.diffId, open: () => layer.uncompressed(step) }));
  const scratch = await snapshots.begin(await snapshots.ensure(sources, step), step);
  try {
    const folder = `${layersFolder}/${escapeId(buildpack.id)}`;
    const argv = [`${buildpackFolder(buildpack)}/bin/build`, folder, platformFolder, planFile];
    const end = await runProgram(step, scratch, { argv, variables, user: build.user, network, mounts });
    if (end.exitCode !== 0) throw buildFailed(buildpack, end);
    const layer = await writeStepLayer(step, scratch.changes({ epoch: mtime }, step));
    await scratch.keep(layer.diffId, { epoch: mtime }, step);
    return { layer };
  } finally {
    await scratch.discard();
  }
}

function buildFailed(
  { id, version }: BuildpackDescriptor,
  { exitCode, how, output }: { readonly exitCode: number; readonly how: string; readonly output: string },
): LadingError {
  return new LadingError(
    'BUILD_STEP_FAILED',
    `Buildpack ${id} ${version} could not build: bin/build ended with ${how}`,
    {
      hint: 'Its output is above.',
      details: { buildpack: id, version, exitCode, output },
    },
  );
}

/** An unmet entry has to be one of the plan (buildpack API §build.toml). */
function assertUnmet({ buildpack, unmet }: BuildpackOutput, requirements: readonly Requirement[]): void {
  const stray = unmet.find((name) => !requirements.some((requirement) => requirement.name === name));
  if (stray === undefined) return;
  throw new LadingError(
    'BUILDPACK_INVALID',
    `Cannot use build.toml of ${buildpack.id}: it calls "${stray}" unmet, which was not in its plan`,
    { hint: 'Only entries of the buildpack plan can be unmet.' },
  );
}

/**
 * Takes layers that are for nothing out of the sight of later buildpacks. The specification has them renamed to `<layer>.ignore`; that
 * would copy them, so a whiteout hides them.
 */
async function hideIgnored(session: PhaseSession, { layers }: BuildpackOutput): Promise<Layer | undefined> {
  const ignored = layers.filter(({ present, launch, build, cache }) => present && !launch && !build && !cache);
  if (ignored.length === 0) return undefined;
  const paths = ignored.map(({ path }) => whiteoutOf(path));
  const { layer } = await cachedLayer(session, stepKey('buildpack', { hidden: paths }), () =>
    paths.map((path) => fileEntry(path, { uid: 0, gid: 0 }, '', 0)),
  );
  return layer;
}

/** Paths and variables of build layers, for the buildpacks that come after (buildpack API §environment). */
function withBuildLayers(variables: Variables, { layers }: BuildpackOutput): Variables {
  let result = variables;
  for (const { build, present, path, inside, buildEnv } of layers) {
    if (!build || !present) continue;
    result = withLayerPaths(result, `/${path}`, inside);
    for (const files of buildEnv) result = withEnvFiles(result, files);
  }
  return result;
}
