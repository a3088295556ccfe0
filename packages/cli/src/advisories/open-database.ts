import type { OpenAdvisories } from '@lading/contents';
import type { Command } from 'commander';
import { type OptionValues, textOption } from '../command.ts';
import type { Context } from '../context.ts';

/** Declares `--database`, for verbs that read one. */
export function configureDatabase(command: Command): void {
  command.option('--database <file>', 'another database than the one on this machine');
}

/** The database that `--database` names, else the one on this machine, for as long as the work takes. Throws ADVISORIES_NOT_FOUND. */
export async function withDatabase<T>(
  context: Context,
  options: OptionValues,
  work: (database: OpenAdvisories) => T,
): Promise<T> {
  const { openAdvisories, openLocalAdvisories } = await import('@lading/contents');
  const path = textOption(options, 'database');
  const database = path === undefined ? openLocalAdvisories(await context.homeFolder()) : openAdvisories(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
}
