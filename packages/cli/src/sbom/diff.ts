import type { PackageDifference } from '@lading/contents';
import { type CommandModule, examples, flagOption } from '../command.ts';
import { configureFind } from '../find-image.ts';
import { printableLine } from '../printable.ts';
import { table } from '../table.ts';
import { withSbom } from './sbom-source.ts';

/** Not a failure of Lading: what was looked for was found. */
const differs = 10;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<before>', 'an image, as in "lading sbom", or sbom:FILE')
      .argument('<after>', 'likewise')
      .option('--exit-code', 'exit with 10 when there is a difference');
    configureFind(command);
    command.addHelpText(
      'after',
      `\nWhere a package lies does not matter. For files, configuration and history see "lading diff".\n${examples(
        ['lading sbom diff app:1 app:2', 'what an update brought'],
        ['lading sbom diff sbom:shipped.json app:2', 'against a document, also one that other tools wrote'],
      )}`,
    );
  },

  async run(context, [one = '', other = ''], options) {
    const { diffPackages } = await import('@lading/contents');
    const packagesOf = (text: string) =>
      withSbom(context, text, options, async ({ name, sbom }) => ({ name, packages: (await sbom()).facts.packages }));
    const [before, after] = [await packagesOf(one), await packagesOf(other)];
    const differences = diffPackages(before.packages, after.packages);
    return {
      data: { before: before.name, after: after.name, differences },
      text: diffText(differences),
      exitCode: flagOption(options, 'exitCode') && differences.length > 0 ? differs : 0,
    };
  },
};

const signs = { added: '+', removed: '-', changed: '~' } as const;

function diffText(differences: readonly PackageDifference[]): string {
  if (differences.length === 0) return 'the same packages';
  const rows = differences.map(({ kind, type, name, before, after }) =>
    [signs[kind], name, type, before.join(', ') || '-', after.join(', ') || '-'].map(printableLine),
  );
  const count = (kind: PackageDifference['kind']): number => differences.filter((one) => one.kind === kind).length;
  return [
    `${count('added')} added, ${count('removed')} removed, ${count('changed')} changed`,
    '',
    table(['', 'PACKAGE', 'TYPE', 'BEFORE', 'AFTER'], rows),
  ].join('\n');
}
