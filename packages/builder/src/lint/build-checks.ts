import {
  checkOptionsOf,
  type Dockerfile,
  excerptAt,
  expand,
  type IgnoreFile,
  lintDockerfile,
  type Stage,
} from '@lading/dockerfile';
import { isLadingError, LadingError } from '@lading/errors';
import type { Platform } from '@lading/oci';
import { globalScope } from '../dockerfile/scope.ts';
import { neededStages } from '../dockerfile/stages.ts';

export interface BuildChecksRequest {
  readonly dockerfile: Dockerfile;
  readonly target: Stage;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: Platform;
  readonly ignore: IgnoreFile;
}

/**
 * What BuildKit's checks find in the stages that a build needs, one line each; BUILDKIT_DOCKERFILE_CHECK takes the place of `# check=`.
 * Throws DOCKERFILE_CHECKS_FAILED when that says `error=true` and something is found.
 */
export function buildChecks({
  dockerfile,
  target,
  buildArgs,
  platform,
  ignore,
}: BuildChecksRequest): readonly string[] {
  const check = buildArgs.BUILDKIT_DOCKERFILE_CHECK;
  const stages = neededOf(dockerfile, target, buildArgs, platform);
  const findings = lintDockerfile(dockerfile, { origin: 'buildkit', check, buildArgs, platform, ignore, stages });
  const lines = findings.map(
    ({ rule, message, span }) => `${dockerfile.filename}:${span.start.line}:${span.start.column} ${rule}: ${message}`,
  );
  const [first] = findings;
  if (first === undefined || !checkOptionsOf(dockerfile, check).error) return lines;
  throw new LadingError(
    'DOCKERFILE_CHECKS_FAILED',
    `Cannot build ${dockerfile.filename}: its checks find ${lines.join('; ')}`,
    {
      hint: 'Mend it, or leave error=true out of the check directive. "lading lint" says more.',
      details: { file: dockerfile.filename, line: first.span.start.line, excerpt: excerptAt(dockerfile, first.span) },
    },
  );
}

/** Undefined, which means all, for a file whose stages cannot be told: the build says why. */
function neededOf(
  dockerfile: Dockerfile,
  target: Stage,
  buildArgs: Readonly<Record<string, string>>,
  platform: Platform,
): ReadonlySet<number> | undefined {
  try {
    const { look } = globalScope(dockerfile, buildArgs, platform, target.name ?? 'default', 0);
    const baseOf = ({ from }: Stage): string => expand(from.image, look, { escape: dockerfile.directives.escape });
    return new Set(neededStages(dockerfile, target, baseOf).map(({ index }) => index));
  } catch (error) {
    if (!isLadingError(error)) throw error;
    return undefined;
  }
}
