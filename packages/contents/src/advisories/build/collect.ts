import type { Io } from '@lading/bytes';
import { LadingError, messageOf } from '@lading/errors';
import { openZip } from '../../zip/zip.ts';
import type { AdvisorySource } from '../advisory-database.ts';
import type { Exploitation } from '../format/exploitation-section.ts';
import type { ImportOptions } from '../import/importer.ts';
import type { AdvisoryFile } from './advisory-file.ts';
import { type Batch, SHOWN_WARNINGS, type Warnings } from './batch.ts';
import { importOnThreads } from './import-on-threads.ts';
import { type ImportTask, openFile } from './import-task.ts';
import { Merge } from './merge.ts';

export interface CollectOptions extends Io, ImportOptions {
  /** Called now and then with the bytes of records that were read. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** All that sources say. */
export interface Collected {
  readonly merge: Merge;
  readonly exploitation: ReadonlyMap<string, Exploitation>;
  /** By name. */
  readonly sources: readonly AdvisorySource[];
  /** Records that were left out on purpose, by reason. */
  readonly skipped: ReadonlyMap<string, number>;
  readonly warnings: Warnings;
}

/** Records in one task: enough that a thread is not idle between two. */
const RECORDS_PER_TASK = 512;

/** Reads files on all cores. Errors: ADVISORIES_SOURCE_INVALID when there is nothing in any of them, INTERRUPTED. */
export async function collect(files: readonly AdvisoryFile[], options: CollectOptions): Promise<Collected> {
  const merge = new Merge();
  const exploitation = new Map<string, Exploitation>();
  const sources = new Map<string, AdvisorySource>();
  const skipped = new Map<string, number>();
  const warnings: string[] = [];
  let warningCount = 0;
  let records = 0;
  let bytesRead = 0;

  const warn = (messages: readonly string[], count = messages.length): void => {
    warningCount += count;
    warnings.push(...messages);
  };
  const take = (batch: Batch, ecosystem: string | undefined): void => {
    merge.add(batch, ecosystem);
    for (const { cve, epss, kev } of batch.exploitation) {
      const known = exploitation.get(cve);
      exploitation.set(cve, { epss: larger(known?.epss, epss), kev: kev ?? known?.kev });
    }
    for (const [name, { records: more, newest }] of batch.sources) {
      const title = ecosystem === undefined ? name : `${name} ${ecosystem}`;
      const known = sources.get(title) ?? { records: 0, newest: '' };
      sources.set(title, {
        name: title,
        records: known.records + more,
        newest: [known.newest, newest].sort().at(-1) ?? '',
      });
      records += more;
    }
    for (const [reason, count] of batch.skipped) skipped.set(reason, (skipped.get(reason) ?? 0) + count);
    warn(batch.warnings.first, batch.warnings.count);
    bytesRead += batch.bytesRead;
    options.onProgress?.(bytesRead);
  };

  await importOnThreads(
    tasksOf(files, options, (message) => warn([message])),
    take,
    options.signal,
  );
  if (records === 0) {
    throw new LadingError('ADVISORIES_SOURCE_INVALID', 'Cannot make an advisory database: no source has an advisory', {
      hint: 'Name a folder or address with dumps of OSV, or another source that "lading advisories update --help" lists.',
      details: { files: files.length, warnings: warnings.slice(0, SHOWN_WARNINGS) },
    });
  }
  return {
    ...{ merge, exploitation },
    sources: [...sources.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    skipped: new Map([...skipped].sort()),
    warnings: { first: warnings.sort().slice(0, SHOWN_WARNINGS), count: warningCount },
  };
}

/** Members of zips in groups, and other files in groups. */
async function* tasksOf(
  files: readonly AdvisoryFile[],
  { malicious }: ImportOptions,
  warn: (message: string) => void,
): AsyncGenerator<ImportTask> {
  const options = { malicious };
  let group: AdvisoryFile[] = [];
  for (const file of files) {
    if (file.name.endsWith('.zip')) {
      try {
        const count = await membersIn(file.path);
        for (let from = 0; from < count; from += RECORDS_PER_TASK)
          yield { files: [file], members: [from, Math.min(count, from + RECORDS_PER_TASK)], options };
      } catch (error) {
        warn(`${file.name}: ${messageOf(error)}`);
      }
      continue;
    }
    group.push(file);
    if (group.length === RECORDS_PER_TASK) {
      yield { files: group, options };
      group = [];
    }
  }
  if (group.length > 0) yield { files: group, options };
}

async function membersIn(path: string): Promise<number> {
  const file = await openFile(path);
  try {
    return (await openZip(file)).entries().length;
  } finally {
    await file.close();
  }
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}
