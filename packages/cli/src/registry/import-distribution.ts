import { type CommandModule, examples, textOption } from '../command.ts';
import { formatBytes } from '../progress.ts';
import { configureRegistryParts, openRegistryParts, registryConfig, registryPlace } from '../registry-parts.ts';

export const command: CommandModule = {
  configure(command) {
    configureRegistryParts(command);
    command
      .argument('<path>', 'the "rootdirectory" of the other registry\'s filesystem storage')
      .option('--prefix <name>', 'put before names of repositories: "old" makes old/team/app of team/app')
      .addHelpText(
        'after',
        `\nTakes over what a CNCF distribution registry (docker-registry) has kept: every blob is copied and verified by its digest. Run again, it\ngoes on, and takes what is new. What is damaged there is named and left out.\n${examples(
          ['lading registry import-distribution /var/lib/docker-registry', 'to the registry in LADING_HOME'],
        )}`,
      );
  },

  async run(context, [path = ''], options) {
    const { importDistribution } = await import('@lading/registry-server');
    const parts = await openRegistryParts(registryPlace(options, await registryConfig(options)));
    const { signal, progress } = context;
    const prefix = textOption(options, 'prefix');
    try {
      const report = await importDistribution({
        path,
        catalog: parts.catalog,
        content: parts.content,
        by: { name: 'import-distribution' },
        ...(prefix === undefined ? {} : { prefix: `${prefix.replace(/\/$/, '')}/` }),
        signal,
        onProgress: ({ bytes }) => progress.update('import', 'importing', bytes),
      });
      progress.finish('import');
      for (const { repository, name, problem, message } of report.problems) {
        progress.warn(`${repository}: ${name}: ${problem}: ${message}`);
      }
      const { repositories, manifests, tags, blobs, bytes, problems } = report;
      const faults = problems.length === 0 ? '' : `; ${problems.length} problems`;
      const text = `imported ${repositories} repositories: ${tags} tags, ${manifests} manifests, ${blobs} blobs (${formatBytes(bytes)})${faults}`;
      return { data: report, text };
    } finally {
      await parts.close();
    }
  },
};
