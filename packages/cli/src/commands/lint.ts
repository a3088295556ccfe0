import type { Level, LintReport } from '@lading/builder';
import { LadingError } from '@lading/errors';
import { parsePlatform } from '@lading/oci';
import { nameValues } from '../build/name-values.ts';
import {
  type CommandModule,
  collectValues,
  examples,
  flagOption,
  listOption,
  type OptionValues,
  type Result,
  textOption,
} from '../command.ts';
import { readLintInput } from '../lint/lint-input.ts';
import { lintText } from '../lint/lint-text.ts';
import { localBase } from '../lint/local-base.ts';
import { rewriteFile } from '../lint/rewrite-file.ts';

/** What scripts see when there are findings over the threshold. */
const exitFindings = 10;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[path]', 'a Dockerfile, or the folder that COPY and ADD read from', '.')
      .option('-f, --file <path>', 'the Dockerfile; - is stdin')
      .option('--format <format>', 'text, json or sarif', 'text')
      .option('--fix', 'make the fixes that change nothing else, in the file')
      .option('--skip <rule>', 'leave a rule out; may be repeated', collectValues)
      .option('--level <level>', 'tell of error, warning, info or hint and above', 'info')
      .option('--error-level <level>', 'exit with 10 from this level on; never is none of them', 'warning')
      .option('--experimental', 'experimental rules as well')
      .option('--build-arg <name=value>', 'as a build has it; may be repeated', collectValues)
      .option('--platform <platform>', 'what the image is for, such as linux/arm64')
      .addHelpText(
        'after',
        examples(
          ['lading lint', 'the Dockerfile in this folder'],
          ['lading lint --fix app/Dockerfile', 'mend what can be mended'],
          ['lading lint --format sarif > lint.sarif', 'for code hosts and editors'],
          ['lading lint -f - < Dockerfile', 'what an editor has not saved yet'],
          ['lading lint --error-level info --skip NoUser', 'stricter, but for one rule'],
        ),
      );
  },

  async run(context, [path = '.'], options) {
    const { levels, lintContext, reaches, rules } = await import('@lading/builder');
    const format = context.json ? 'json' : choice(options, 'format', ['text', 'json', 'sarif']);
    const level = choice(options, 'level', levels);
    const errorLevel = choice(options, 'errorLevel', [...levels, 'never']);
    const skip = listOption(options, 'skip');
    for (const name of skip) {
      if (rules.some((rule) => rule.name === name)) continue;
      throw new LadingError('USAGE', `Cannot skip ${JSON.stringify(name)}: there is no such rule`, {
        hint: 'docs/lint.md lists the rules.',
      });
    }
    const { file, ...input } = await readLintInput(path, textOption(options, 'file'));
    const fix = flagOption(options, 'fix');
    if (fix && file === undefined) {
      throw new LadingError('USAGE', 'Cannot use --fix with stdin: there is no file to write', {
        hint: 'Name the Dockerfile.',
      });
    }
    const platform = textOption(options, 'platform');
    const report = await lintContext({
      ...{ ...input, file, skip, fix },
      experimental: flagOption(options, 'experimental'),
      buildArgs: nameValues(listOption(options, 'buildArg'), '--build-arg', { fromEnvironment: true }),
      platform: platform === undefined ? undefined : parsePlatform(platform),
      baseConfig: localBase(context),
    });
    if (file !== undefined && report.fixed.length > 0) await rewriteFile(file, report.text);
    const findings = report.findings.filter((finding) => reaches(finding.level, level));
    const fails = (one: Level): boolean =>
      (errorLevel !== 'never' && reaches(one, errorLevel)) || (report.failsBuild && reaches(one, 'warning'));
    const exitCode = report.findings.some((finding) => fails(finding.level)) ? exitFindings : 0;
    return { ...(await resultOf(format, input.filename, { ...report, findings })), exitCode };
  },
};

async function resultOf(
  format: 'text' | 'json' | 'sarif',
  filename: string,
  { findings, fixed }: LintReport,
): Promise<Result> {
  if (format === 'text') return { data: undefined, text: lintText(filename, findings, fixed) };
  const { version } = await import('../version.ts');
  const data =
    format === 'sarif'
      ? (await import('../lint/sarif.ts')).sarifLog(filename, findings, version)
      : { file: filename, findings, fixed };
  return { data, text: JSON.stringify(data, undefined, 2) };
}

function choice<const T extends string>(options: OptionValues, name: string, allowed: readonly T[]): T {
  const value = textOption(options, name);
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new LadingError('USAGE', `Cannot use --${flag} ${value}: it is one of ${allowed.join(', ')}`);
}
