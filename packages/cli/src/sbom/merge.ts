import type { Sbom } from '@lading/contents';
import { type CommandModule, examples, textOption } from '../command.ts';
import { configureFind } from '../find-image.ts';
import { version } from '../version.ts';
import { writeReport } from '../write-report.ts';
import { formatOf } from './sbom-format.ts';
import { withSbom } from './sbom-source.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<sources...>', 'images, as in "lading sbom", or sbom:FILE')
      .requiredOption('--name <name>', 'what the document is about')
      .option('--format <format>', 'cyclonedx (1.6) unless told, cyclonedx-1.7 or spdx (2.3)')
      .option('-o, --output <file>', 'writes the document there');
    configureFind(command);
    command.addHelpText(
      'after',
      examples(
        [
          'lading sbom merge --name product app:1 worker:1 > product.json',
          'what a product of several images consists of',
        ],
        ['lading sbom merge --name product -o product.spdx.json sbom:a.json sbom:b.json', 'of documents'],
      ),
    );
  },

  async run(context, sources, options) {
    const { mergeSboms, writeSbom } = await import('@lading/contents');
    const sboms: Sbom[] = [];
    const dates: string[] = [];
    for (const text of sources) {
      await withSbom(context, text, options, async ({ sbom, created }) => {
        sboms.push(await sbom());
        dates.push(created);
      });
    }
    const merged = mergeSboms(sboms, { name: textOption(options, 'name') ?? '' });
    const format = formatOf(options) ?? 'cyclonedx-1.6';
    // As old as the youngest part: equal parts give equal bytes.
    const created = dates.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? new Date(0).toISOString();
    const bytes = writeSbom(merged, { format, created, toolVersion: version });
    const output = textOption(options, 'output');
    if (output === undefined) return { data: undefined, bytes };
    await writeReport(output, bytes);
    const packages = merged.facts.packages.length;
    return { data: { output, format, packages }, text: `wrote ${output} (${format}, ${packages} packages)` };
  },
};
