import type { Instruction, Keyword } from '../../instruction.ts';
import type { Rule } from '../rule.ts';
import type { LintStage, Subject } from '../subject.ts';

/** The last stage that is built, the one whose image is run. */
function finalStage({ stages }: Subject): LintStage | undefined {
  return stages.at(-1);
}

/** The last instruction of a kind in a stage or in those it starts from. */
function lastOf<K extends Keyword>(stage: LintStage, keyword: K): Extract<Instruction, { keyword: K }> | undefined {
  for (let at: LintStage | undefined = stage; at !== undefined; at = at.base) {
    const found = at.stage.instructions.findLast((instruction) => instruction.keyword === keyword);
    if (found !== undefined) return found as Extract<Instruction, { keyword: K }>;
  }
  return undefined;
}

/** The config of the image under a stage and the stages it starts from. */
function rootOf(stage: LintStage): LintStage {
  let at = stage;
  while (at.base !== undefined) at = at.base;
  return at;
}

const isRoot = (user: string): boolean => /^["']?(?:root|0)["']?(?::|$)/.test(user);

const lastUserRoot: Rule = {
  name: 'LastUserRoot',
  level: 'warning',
  origin: 'lading',
  summary: 'The last USER should not be root',
  help: 'A program that is broken into then owns the container. Change back to a user of its own before the end.',
  example: {
    bad: 'FROM alpine:3.20\nUSER app\nUSER root\nRUN apk upgrade',
    good: 'FROM alpine:3.20\nUSER root\nRUN apk upgrade\nUSER app',
  },
  *check(subject) {
    const stage = finalStage(subject);
    const last = stage && lastOf(stage, 'USER');
    if (last !== undefined && isRoot(last.user)) yield { message: 'The image runs as root', span: last.span };
  },
};

const noUser: Rule = {
  name: 'NoUser',
  level: 'info',
  origin: 'lading',
  summary: 'An image should name the user it runs as',
  help: 'Without USER it runs as root, unless the base image says otherwise. Create a user and end with USER.',
  example: { bad: 'FROM alpine:3.20\nCMD ["serve"]', good: 'FROM alpine:3.20\nUSER 1000:1000\nCMD ["serve"]' },
  *check(subject) {
    const stage = finalStage(subject);
    if (stage === undefined || lastOf(stage, 'USER') !== undefined) return;
    // an image without a program is no image to run
    if (lastOf(stage, 'CMD') === undefined && lastOf(stage, 'ENTRYPOINT') === undefined) return;
    const { image, baseConfig } = rootOf(stage);
    if (
      /nonroot|rootless|unprivileged/.test(image) ||
      (baseConfig?.user !== undefined && !isRoot(baseConfig.user || 'root'))
    )
      return;
    yield { message: 'No USER: the image runs as root', span: stage.stage.from.span };
  },
};

const missingHealthcheck: Rule = {
  name: 'MissingHealthcheck',
  level: 'hint',
  origin: 'lading',
  summary: 'A service can tell whether it is well',
  help: 'With HEALTHCHECK an engine sees that a service hangs. Orchestrators that probe by themselves do not need it.',
  example: {
    bad: 'FROM alpine:3.20\nEXPOSE 80\nCMD ["serve"]',
    good: 'FROM alpine:3.20\nEXPOSE 80\nHEALTHCHECK CMD ["serve", "--check"]\nCMD ["serve"]',
  },
  *check(subject) {
    const stage = finalStage(subject);
    const expose = stage && lastOf(stage, 'EXPOSE');
    if (stage === undefined || expose === undefined || lastOf(stage, 'HEALTHCHECK') !== undefined) return;
    if (rootOf(stage).baseConfig?.healthcheck === true) return;
    yield { message: 'The image has a port and no HEALTHCHECK', span: expose.span };
  },
};

export const runTimeRules: readonly Rule[] = [lastUserRoot, noUser, missingHealthcheck];
