import type { BuildConfig } from '../stage-state.ts';
import type { UpperInstruction } from './upper-instructions.ts';

/** Instructions whose texts are not expanded when an image is built. */
const unexpanded: ReadonlySet<string> = new Set(['RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK']);

/** Why instructions would have done something else on a base with another config: what they took from its variables, folder or shell. */
export function inheritedReasons(
  before: BuildConfig,
  after: BuildConfig,
  instructions: readonly UpperInstruction[],
): string[] {
  const reasons: string[] = [];
  const [env, newEnv] = [variables(before), variables(after)];
  let sameFolder = (before.WorkingDir ?? '/') === (after.WorkingDir ?? '/');
  let sameShell = JSON.stringify(before.Shell) === JSON.stringify(after.Shell);
  for (const { text, parsed } of instructions) {
    const keyword = keywordOf(text);
    if (text === undefined || keyword === undefined) continue;
    for (const [, name = ''] of unexpanded.has(keyword) ? [] : text.matchAll(/\$\{?([A-Za-z_]\w*)/g)) {
      if (env.get(name) !== newEnv.get(name)) reasons.push(`${text} uses $${name}, which the new base has otherwise`);
    }
    switch (keyword) {
      case 'WORKDIR':
        if (parsed?.keyword === 'WORKDIR' && parsed.path.startsWith('/')) sameFolder = true;
        else if (!sameFolder)
          reasons.push(`${text} starts at the WORKDIR of the base, which the new base has otherwise`);
        break;
      case 'COPY':
      case 'ADD':
        if (!sameFolder && !isAbsolute(text))
          reasons.push(`${text} is relative to the WORKDIR of the base, which the new base has otherwise`);
        break;
      case 'SHELL':
        sameShell = true;
        break;
      case 'CMD':
      case 'ENTRYPOINT':
        if (!sameShell && !/^\w+\s+\[/.test(text))
          reasons.push(`${text} is run by the SHELL of the base, which the new base has otherwise`);
    }
  }
  return reasons;
}

export interface WithUser extends UpperInstruction {
  /** In effect before the instruction. */
  readonly user: string;
  /** It is that of the base, and the new base has another one. */
  readonly userDiffers: boolean;
}

export function* withUsers(
  instructions: readonly UpperInstruction[],
  before: BuildConfig,
  after: BuildConfig,
): Generator<WithUser, void, void> {
  let user = before.User ?? '';
  let userDiffers = user !== (after.User ?? '');
  for (const instruction of instructions) {
    yield { ...instruction, user, userDiffers };
    if (instruction.parsed?.keyword !== 'USER') continue;
    user = instruction.parsed.user;
    userDiffers = false;
  }
}

export function keywordOf(text: string | undefined): string | undefined {
  return /^[A-Za-z]+/.exec(text ?? '')?.[0].toUpperCase();
}

/** Whether the last word of a COPY or ADD is an absolute path. */
function isAbsolute(text: string): boolean {
  return /[\s["]"?\/[^\s"]*"?\s*\]?$/.test(text.trimEnd());
}

function variables({ Env = [] }: BuildConfig): ReadonlyMap<string, string> {
  return new Map(
    Env.map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}
