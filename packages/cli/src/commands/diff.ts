import { LadingError } from '@lading/errors';
import { type CommandModule, examples, flagOption, type OptionValues, textOption } from '../command.ts';
import { type Part, parts } from '../diff/parts.ts';
import { configureFind, findImage, fullName, imageIn } from '../find-image.ts';

/** Not a failure of Lading: what was looked for was found. */
const differs = 10;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<before>', 'on this machine, else in its registry; or with a transport, as in "lading copy"')
      .argument('<after>', 'likewise')
      .option('--only <parts>', `some of ${parts.join(',')}`)
      .option('--times', 'files that differ in their time alone differ')
      .option('--all', 'every file')
      .option('--exit-code', 'exit with 10 when there is a difference');
    configureFind(command);
    command.addHelpText(
      'after',
      examples(
        ['lading diff app:1 app:2', 'what changed from one to the other'],
        ['lading diff app:1 docker-archive:app.tar', 'also where they are of different kinds'],
        ['lading diff --only packages debian:12.1 debian:12.2', 'versions of packages'],
        ['lading diff --only config,history app:1 app:2', 'nothing but manifests and configs is fetched'],
        ['lading diff --exit-code --times app:1 app:2', 'whether two builds are the same'],
      ),
    );
  },

  async run(context, [one = '', other = ''], options) {
    const only = partsOf(options);
    const before = await findImage(context, one, options);
    try {
      const after = await findImage(context, other, options);
      try {
        const [{ imageDiff }, { diffText }, { scanImage }, { imageFacts }] = await Promise.all([
          import('../diff/image-diff.ts'),
          import('../diff/diff-text.ts'),
          import('../analysis/scan-image.ts'),
          import('../contents/image-facts.ts'),
        ]);
        const [lower, upper] = [before, after].map((found) => {
          const image = imageIn(found);
          return {
            name: fullName(found.location),
            image,
            scans: () => scanImage(context, image),
            facts: () => imageFacts(context, image),
          };
        });
        const diff = await imageDiff(lower!, upper!, { only, times: flagOption(options, 'times') });
        const rows = flagOption(options, 'all') ? Number.POSITIVE_INFINITY : 40;
        return {
          data: diff,
          text: diffText(diff, { rows, width: process.stdout.columns ?? 160 }),
          exitCode: flagOption(options, 'exitCode') && !diff.equal ? differs : 0,
        };
      } finally {
        await after.source.close();
      }
    } finally {
      await before.source.close();
    }
  },
};

/** Throws USAGE for a part that there is not. */
function partsOf(options: OptionValues): ReadonlySet<Part> {
  const names = textOption(options, 'only')?.split(',') ?? parts;
  return new Set(
    names.map((name) => {
      const part = parts.find((one) => one === name.trim());
      if (part !== undefined) return part;
      throw new LadingError('USAGE', `Cannot compare ${JSON.stringify(name)} of images`, {
        hint: `What can be compared is ${parts.join(', ')}.`,
      });
    }),
  );
}
