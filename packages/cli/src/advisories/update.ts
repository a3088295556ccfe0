import { fromBuffer } from '@lading/bytes';
import type { AdvisoryFile, BuiltAdvisories } from '@lading/contents';
import { type CommandModule, collectValues, examples, flagOption, listOption, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { printable } from '../printable.ts';
import { formatBytes } from '../progress.ts';

/** Where OSV publishes its dumps (https://google.github.io/osv.dev/data/). */
const OSV = 'https://osv-vulnerabilities.storage.googleapis.com';

export const command: CommandModule = {
  configure(command) {
    command
      .option('--from <url|folder|file>', 'a source, unless OSV; may be repeated', collectValues)
      .option(
        '--ecosystem <name>',
        'of dumps only this ecosystem, such as Debian or npm; may be repeated',
        collectValues,
      )
      .option('--malicious', 'take in packages that were published to do harm, which registries have removed')
      .option('--output <file>', 'write the database there and leave the one on this machine as it is')
      .addHelpText(
        'after',
        `\nSources are told apart by content: OSV records (a bucket or folder of <Ecosystem>/all.zip, zips, JSON, JSON lines; GitHub's
advisory database), Alpine's secdb, Debian's security tracker, CISA KEV, FIRST EPSS.\n${examples(
          ['lading advisories update', 'from OSV, all ecosystems'],
          ['lading advisories update --ecosystem Debian --ecosystem npm', 'only what is needed'],
          ['lading advisories update --from ./osv --from ./epss.csv.gz', 'without a network'],
        )}`,
      );
  },

  async run(context, _args, options) {
    const sources = listOption(options, 'from');
    const wanted = listOption(options, 'ecosystem');
    const ecosystems = wanted.length === 0 ? undefined : wanted;
    const files = await filesOf(context, sources.length === 0 ? [OSV] : sources, ecosystems);
    const { buildAdvisories, installAdvisories, localAdvisoriesPath } = await import('@lading/contents');
    const { progress, signal } = context;
    const built = await buildAdvisories(files, {
      malicious: flagOption(options, 'malicious'),
      onProgress: (bytes) => progress.update('records', 'records read', bytes),
      signal,
    }).finally(() => progress.finish('records'));
    warnOf(context, built);
    const path = textOption(options, 'output') ?? localAdvisoriesPath(await context.homeFolder());
    await installAdvisories(path, fromBuffer(built.bytes), { signal });
    progress.log(`made ${path}: ${built.records} advisories, ${formatBytes(built.bytes.length)}`);
    const { digest, records, newest, skipped, warnings, sources: made } = built;
    return {
      data: {
        ...{ path, digest, size: built.bytes.length, records, newest, sources: made },
        skipped: Object.fromEntries(skipped),
        warnings: warnings.count,
      },
      text: digest,
    };
  },
};

async function filesOf(
  context: Context,
  sources: readonly string[],
  ecosystems: readonly string[] | undefined,
): Promise<AdvisoryFile[]> {
  const { findAdvisoryFiles } = await import('@lading/contents');
  const files: AdvisoryFile[] = [];
  for (const source of sources) {
    if (!/^https?:\/\//.test(source)) files.push(...(await findAdvisoryFiles(source, { ecosystems })));
    else files.push(...(await (await import('./remote-files.ts')).fetchAdvisoryFiles(context, source, { ecosystems })));
  }
  return files;
}

function warnOf({ progress }: Context, { warnings: { first, count } }: BuiltAdvisories): void {
  for (const warning of first) progress.warn(printable(warning));
  if (count > first.length) progress.warn(`and ${count - first.length} more that could not be read`);
}
