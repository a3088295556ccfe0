import type { Decisions, IgnoreRule, VexStatement } from '@lading/contents';
import { isLadingError } from '@lading/errors';
import { listOption, type OptionValues, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { readInput } from '../read-input.ts';
import type { ScanSubject } from './scan-subject.ts';

/** Read where no other file of rules is named. */
const ignoreFile = '.ladingignore.toml';

/** Rules and statements that --ignore-file and --vex name. */
export async function readDecisions(
  context: Context,
  options: OptionValues,
  subject: ScanSubject,
  today: string,
): Promise<Decisions> {
  const [rules, statements] = await Promise.all([
    readRules(textOption(options, 'ignoreFile')),
    readStatements(context, listOption(options, 'vex'), subject),
  ]);
  return { rules, statements, today };
}

async function readRules(path: string | undefined): Promise<readonly IgnoreRule[]> {
  let bytes: Buffer;
  try {
    bytes = await readInput(path ?? ignoreFile, 'ignore rules');
  } catch (error) {
    if (path === undefined && isLadingError(error, 'FILE_NOT_FOUND')) return [];
    throw error;
  }
  const { parseIgnoreFile } = await import('@lading/contents');
  return parseIgnoreFile(bytes.toString('utf8'), path ?? ignoreFile);
}

async function readStatements(
  context: Context,
  names: readonly string[],
  subject: ScanSubject,
): Promise<readonly VexStatement[]> {
  const statements: VexStatement[] = [];
  for (const name of names) {
    if (name === 'attached') {
      const { attachedStatements } = await import('./attached-vex.ts');
      statements.push(...(await attachedStatements(context, subject)));
    } else {
      const { parseOpenVex } = await import('@lading/contents');
      statements.push(...parseOpenVex((await readInput(name, 'VEX document')).toString('utf8'), name));
    }
  }
  return statements;
}
