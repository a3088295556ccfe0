import { isUtf8 } from 'node:buffer';
import {
  applyFixes,
  type BaseConfig,
  checkOptionsOf,
  excerptAt,
  externalBases,
  type Finding,
  type LintOptions,
  lintDockerfile,
  parseDockerfile,
} from '@lading/dockerfile';
import { readIgnoreFile } from '../context/read-ignore-file.ts';

export interface LintRequest extends Pick<LintOptions, 'buildArgs' | 'platform' | 'skip' | 'experimental'> {
  readonly dockerfile: Uint8Array;
  /** Stands in messages and excerpts. */
  readonly filename: string;
  /** Where the Dockerfile lies, for the ignore file beside it; undefined when it came from elsewhere. */
  readonly file?: string | undefined;
  /** The folder that COPY and ADD read from. */
  readonly context: string;
  /** Makes the fixes that change nothing else, and looks again. */
  readonly fix?: boolean | undefined;
  /** What is known of a base image without fetching it; undefined when it is not here. */
  readonly baseConfig?: ((image: string) => Promise<BaseConfig | undefined>) | undefined;
}

export interface LintReport {
  /** The Dockerfile, with what was fixed. */
  readonly text: string;
  /** What is found in it, in the order of the text, each with its source lines underlined. */
  readonly findings: readonly (Finding & { readonly excerpt: string })[];
  /** What was found before and is no more. */
  readonly fixed: readonly Finding[];
  /** True when the file says `# check=error=true`. */
  readonly failsBuild: boolean;
}

/** Fixes may make room for others; a fix that brings its finding back would never end. */
const MAX_ROUNDS = 10;

/**
 * Checks a Dockerfile together with the ignore file of its context. Writes nothing. Throws DOCKERFILE_INVALID, and FILE_UNREADABLE for
 * an ignore file.
 */
export async function lintContext(request: LintRequest): Promise<LintReport> {
  const { filename, buildArgs, platform, skip, experimental } = request;
  const ignore = await readIgnoreFile(request.context, request.file);
  const configs = new Map<number, BaseConfig | undefined>();
  let dockerfile = parseDockerfile(request.dockerfile, { filename });
  for (const { stage, image } of externalBases(dockerfile, { buildArgs, platform })) {
    configs.set(stage.index, await request.baseConfig?.(image));
  }
  const options: LintOptions = {
    ...{ buildArgs, platform, skip, experimental, ignore },
    check: buildArgs?.BUILDKIT_DOCKERFILE_CHECK,
    baseConfig: ({ index }) => configs.get(index),
  };
  let findings = lintDockerfile(dockerfile, options);
  const fixed: Finding[] = [];
  // bytes that are no text would be lost
  const mayFix = request.fix === true && isUtf8(request.dockerfile);
  for (let round = 0; mayFix && round < MAX_ROUNDS; round++) {
    const done = applyFixes(dockerfile.text, findings);
    if (done.fixed.length === 0) break;
    fixed.push(...done.fixed);
    dockerfile = parseDockerfile(done.text, { filename });
    findings = lintDockerfile(dockerfile, options);
  }
  return {
    text: dockerfile.text,
    findings: findings.map((finding) => ({ ...finding, excerpt: excerptAt(dockerfile, finding.span) })),
    fixed,
    failsBuild: checkOptionsOf(dockerfile, options.check).error,
  };
}
