import { isLadingError } from '@lading/errors';
import type { Dockerfile } from '../dockerfile.ts';
import { errorAt } from '../error-at.ts';
import type { Instruction } from '../instruction.ts';
import type { Span } from '../span.ts';
import { type CheckOptions, parseCheck, skippedByComments } from './check-options.ts';
import type { Finding } from './finding.ts';
import type { Rule } from './rule.ts';
import { rules } from './rules.ts';
import { type Knowledge, subjectOf } from './subject.ts';

export interface LintOptions extends Knowledge {
  /** Takes the place of `# check=`, as the build argument BUILDKIT_DOCKERFILE_CHECK does. */
  readonly check?: string | undefined;
  /** Rules to leave out besides. */
  readonly skip?: readonly string[] | undefined;
  /** `buildkit`: only the checks that BuildKit has. */
  readonly origin?: 'buildkit' | undefined;
  /** Experimental rules as well. */
  readonly experimental?: boolean | undefined;
}

/**
 * Checks a Dockerfile against the rules of {@link rules}, in the order of the text. What `# check=skip=…` on top of the file or above
 * an instruction leaves out is left out. A rule that asks for knowledge that is not given finds nothing.
 * Throws DOCKERFILE_INVALID when `# check=` cannot be read.
 */
export function lintDockerfile(dockerfile: Dockerfile, options: LintOptions = {}): Finding[] {
  const check = checkOptionsOf(dockerfile, options.check);
  const skip = new Set(options.skip);
  const subject = subjectOf(dockerfile, options);
  const findings: Finding[] = [];
  for (const rule of rules) {
    if (!isWanted(rule, check, options) || skip.has(rule.name)) continue;
    for (const { message, span, fix } of rule.check(subject)) {
      if (isSkippedAt(dockerfile.instructions, span, rule.name)) continue;
      const finding = { rule: rule.name, level: rule.level, message, span, help: rule.help };
      findings.push(fix === undefined ? finding : { ...finding, fix });
    }
  }
  return findings.sort(
    (a, b) => a.span.start.offset - b.span.start.offset || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0),
  );
}

/** What `# check=` of a file says. Throws DOCKERFILE_INVALID at its place. */
export function checkOptionsOf(dockerfile: Dockerfile, instead?: string | undefined): CheckOptions {
  const { check, spans } = dockerfile.directives;
  try {
    // of the directive the first word counts; a reason may follow it
    return parseCheck(instead ?? check?.split(' ', 1)[0] ?? '');
  } catch (error) {
    if (!isLadingError(error) || instead !== undefined || spans.check === undefined) throw error;
    throw errorAt(dockerfile, spans.check, error.message, { hint: error.hint });
  }
}

function isWanted(rule: Rule, check: CheckOptions, options: LintOptions): boolean {
  if (options.origin !== undefined && rule.origin !== options.origin) return false;
  if (rule.experimental)
    return options.experimental === true || check.experimental === 'all' || check.experimental.has(rule.name);
  return check.skip !== 'all' && !check.skip.has(rule.name);
}

function isSkippedAt(instructions: readonly Instruction[], span: Span, rule: string): boolean {
  const instruction = instructionAt(instructions, span.start.offset);
  if (instruction === undefined) return false;
  const skip = skippedByComments(instruction.comments);
  return skip === 'all' || skip.has(rule);
}

/** The last instruction that starts at or before an offset. */
function instructionAt(instructions: readonly Instruction[], offset: number): Instruction | undefined {
  let low = 0;
  let high = instructions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (instructions[middle]!.span.start.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return instructions[low - 1];
}
