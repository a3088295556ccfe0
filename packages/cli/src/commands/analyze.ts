import { formatPlatform } from '@lading/oci';
import { budgetsOf, configureBudgets } from '../analysis/budget.ts';
import { type CommandModule, examples, flagOption } from '../command.ts';
import { configureFind, findImage, fullName, imageIn } from '../find-image.ts';

/** Not a failure of Lading: what was looked for was found. */
const exceeded = 10;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image>', 'on this machine, else in its registry; or with a transport, as in "lading copy"')
      .option('--all', 'lists in full');
    configureBudgets(command);
    configureFind(command);
    command.addHelpText(
      'after',
      `\nHidden is what a layer carries and a later one removes or replaces; removing it later makes no image smaller. Twice is content that the
image shows under several paths and stores for each. Exits with 10 when a budget is exceeded.\n${examples(
        ['lading analyze app', 'what is in it, and what is in it in vain'],
        ['lading analyze --platform linux/arm64 alpine', 'of a registry: layers are read as they stream past, once'],
        ['lading analyze --max-wasted 20MB --min-efficiency 95 app', 'in continuous integration'],
        ['lading analyze --ci docker-archive:app.tar', 'with the rules that dive has for it'],
        ['lading analyze --json app | jq .waste.hidden', 'for scripts'],
      )}`,
    );
  },

  async run(context, [name = ''], options) {
    const found = await findImage(context, name, options);
    try {
      const image = imageIn(found);
      const [{ analyze }, { scanImage }, { analysisText }] = await Promise.all([
        import('../analysis/analysis.ts'),
        import('../analysis/scan-image.ts'),
        import('../analysis/analysis-text.ts'),
      ]);
      const analysis = analyze(image, await scanImage(context, image));
      const budgets = await budgetsOf(options, analysis);
      const platform = formatPlatform(image.platform);
      return {
        data: { name: fullName(found.location), platform, ...analysis, budgets },
        text: analysisText(analysis, {
          name: `${fullName(found.location)} (${platform})`,
          budgets,
          width: process.stdout.columns ?? 160,
          rows: flagOption(options, 'all') ? Number.POSITIVE_INFINITY : 8,
        }),
        exitCode: budgets.every(({ kept }) => kept) ? 0 : exceeded,
      };
    } finally {
      await found.source.close();
    }
  },
};
