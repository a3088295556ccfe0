import { collect } from '@lading/bytes';
import { isLadingError, LadingError, messageOf } from '@lading/errors';
import type { Scratch, Snapshot } from '@lading/runtime';
import { defaultEpoch } from '../epoch.ts';
import { isAtLeast } from './api-version.ts';
import type { BuildImage } from './build-image.ts';
import { type PlanEntry, type PlanSections, parseBuildPlan, resolveBuildPlan } from './build-plan.ts';
import { type BuildpackDescriptor, buildpackFolder, isForExecEnv } from './descriptor.ts';
import { withUserVariables } from './environment.ts';
import { type Candidate, groupsOf } from './groups.ts';
import type { Order } from './order.ts';
import { inPhase, type PhaseSession } from './phase-session.ts';
import { inputFiles, planFile, platformFolder, runProgram } from './run-program.ts';
import { formatTarget, isSupported, type Target, targetVariables } from './target.ts';

export interface DetectOptions {
  readonly build: BuildImage;
  /** Of the build image with the application in it. */
  readonly snapshot: Snapshot;
  readonly order: Order;
  readonly target: Target;
  readonly execEnv: string;
  readonly env: Readonly<Record<string, string>>;
  readonly network: 'host' | 'none';
}

/** The buildpacks that take the application, in order, and what they agreed on. */
export interface Detected {
  readonly group: readonly BuildpackDescriptor[];
  readonly plan: readonly PlanEntry[];
}

/** What one buildpack answered. */
interface Answer {
  /** 0: takes part. 100: does not. Anything else, or undefined when it could not be asked: an error. */
  readonly exitCode: number | undefined;
  readonly output: string;
  readonly alternatives: readonly PlanSections[];
  /** Why it is not asked, or what is wrong with what it wrote. */
  readonly fault?: string;
}

/**
 * Finds the first group of the order that takes the application (buildpack API §phase 1). The buildpacks of a group are asked at the
 * same time, each once. Throws BUILDPACKS_UNDETECTED, whose details hold what every buildpack answered.
 */
export async function detect(session: PhaseSession, options: DetectOptions): Promise<Detected> {
  const answers = new Map<string, Promise<Answer>>();
  const ask = (buildpack: BuildpackDescriptor): Promise<Answer> => {
    const name = nameOf(buildpack);
    const answer = answers.get(name) ?? askOne(session, options, buildpack);
    answer.catch(() => {}); // Whoever waits for it sees it.
    answers.set(name, answer);
    return answer;
  };
  const failures: GroupFailure[] = [];
  try {
    for await (const candidates of groupsOf(options.order, (element) => options.build.lookup(element))) {
      const { execEnv } = options;
      const group = candidates.filter(
        (one) => isForExecEnv(one.execEnv, execEnv) && isForExecEnv(one.buildpack.execEnv, execEnv),
      );
      const outcomes = await Promise.all(group.map(async (one) => ({ ...one, answer: await ask(one.buildpack) })));
      const result = judge(outcomes);
      if ('detected' in result) return result.detected;
      failures.push(result.failure);
    }
  } finally {
    // After an error the others are let go of what they hold before the build ends.
    await Promise.allSettled(answers.values());
  }
  throw undetected(failures);
}

type Outcome = Candidate & { readonly answer: Answer };

interface GroupFailure {
  readonly reason: string;
  readonly outcomes: readonly Outcome[];
}

function judge(outcomes: readonly Outcome[]): { detected: Detected } | { failure: GroupFailure } {
  const failed = outcomes.find(({ optional, answer }) => !optional && answer.exitCode !== 0);
  if (failed !== undefined) return { failure: { reason: reasonOf(failed), outcomes } };
  const passed = outcomes.filter(({ answer }) => answer.exitCode === 0);
  if (passed.length === 0) return { failure: { reason: 'none of its buildpacks takes part', outcomes } };
  const plan = resolveBuildPlan(
    passed.map(({ buildpack, optional, answer }) => ({
      ...{ id: buildpack.id, optional, alternatives: answer.alternatives },
    })),
  );
  if (!plan.resolved) return { failure: { reason: plan.reason, outcomes } };
  const group = passed.map(({ buildpack }) => buildpack).filter(({ id }) => plan.participants.includes(id));
  return { detected: { group, plan: plan.entries } };
}

async function askOne(session: PhaseSession, options: DetectOptions, buildpack: BuildpackDescriptor): Promise<Answer> {
  if (!isSupported(options.target, buildpack.targets)) {
    const fault = `it is not for ${formatTarget(options.target)}`;
    return { exitCode: undefined, output: '', alternatives: [], fault };
  }
  const { answer } = await inPhase(session, `detect ${nameOf(buildpack)}`, (step) =>
    session.limiter(async () => {
      const snapshots = await session.snapshots();
      const scratch = await snapshots.begin(options.snapshot, session);
      try {
        const { env, build, network } = options;
        const end = await runProgram(step, scratch, {
          argv: [`${buildpackFolder(buildpack)}/bin/detect`, platformFolder, planFile],
          variables: variablesOf(options, buildpack),
          ...{ user: build.user, network, mounts: inputFiles({ env }) },
        });
        return { cached: false, answer: await answerOf(session, scratch, buildpack, end) };
      } finally {
        await scratch.discard();
      }
    }),
  );
  return answer;
}

function variablesOf(options: DetectOptions, buildpack: BuildpackDescriptor): ReadonlyMap<string, string> {
  const { build, env, target, execEnv } = options;
  return new Map([
    ...(buildpack.clearEnv ? build.variables : withUserVariables(build.variables, env)),
    ['CNB_BUILDPACK_DIR', buildpackFolder(buildpack)],
    ['CNB_PLATFORM_DIR', platformFolder],
    ['CNB_BUILD_PLAN_PATH', planFile],
    ...providedVariables(buildpack, target, execEnv),
  ]);
}

/** What depends on the API that a buildpack speaks. */
export function providedVariables(
  { api }: BuildpackDescriptor,
  target: Target,
  execEnv: string,
): readonly (readonly [string, string])[] {
  return [
    ...(isAtLeast(api, '0.10') ? Object.entries(targetVariables(target)) : []),
    ...(isAtLeast(api, '0.12') ? [['CNB_EXEC_ENV', execEnv] as const] : []),
  ];
}

async function answerOf(
  session: PhaseSession,
  scratch: Scratch,
  buildpack: BuildpackDescriptor,
  { exitCode, output }: { readonly exitCode: number; readonly output: string },
): Promise<Answer> {
  if (exitCode !== 0) return { exitCode, output, alternatives: [] };
  try {
    const text = await writtenPlan(session, scratch);
    return { exitCode, output, alternatives: parseBuildPlan(text, `the build plan of ${nameOf(buildpack)}`) };
  } catch (error) {
    if (!isLadingError(error, 'BUILDPACK_INVALID', 'BYTES_LIMIT')) throw error;
    return { exitCode: undefined, output, alternatives: [], fault: messageOf(error) };
  }
}

/** What was written to the plan file, from what the run changed: the file system itself is the container's own. */
async function writtenPlan(session: PhaseSession, scratch: Scratch): Promise<string> {
  for await (const entry of scratch.changes({ epoch: defaultEpoch }, session)) {
    if (`/${entry.path}` !== planFile || entry.type !== 'file') continue;
    return (await collect(entry.content, { maxBytes: 1 << 20, what: 'a build plan' })).toString('utf8');
  }
  return '';
}

function reasonOf({ buildpack, answer }: Outcome): string {
  const { exitCode, fault } = answer;
  if (fault !== undefined) return `${nameOf(buildpack)}: ${fault}`;
  return `${nameOf(buildpack)} ${exitCode === 100 ? 'does not take it' : `failed with exit code ${exitCode}`}`;
}

function undetected(failures: readonly GroupFailure[]): LadingError {
  const reasons = failures.map(({ reason }, index) => `group ${index + 1}: ${reason}`);
  const shown = failures.length === 0 ? 'there is no group to try' : reasons.slice(0, 10).join('; ');
  const groups = failures.map(({ reason, outcomes }) => ({
    reason,
    buildpacks: outcomes.map(({ buildpack, optional, answer }) => ({
      ...{ id: buildpack.id, version: buildpack.version, optional, exitCode: answer.exitCode, output: answer.output },
      ...(answer.fault === undefined ? {} : { fault: answer.fault }),
    })),
  }));
  return new LadingError('BUILDPACKS_UNDETECTED', `No group of buildpacks takes the application: ${shown}`, {
    hint: 'Exit code 100 of bin/detect means that it does not take part; what each printed is above.',
    details: { groups },
  });
}

function nameOf({ id, version }: { readonly id: string; readonly version: string }): string {
  return `${id}@${version}`;
}
