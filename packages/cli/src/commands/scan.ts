import type { ScanReport } from '@lading/contents';
import { type CommandModule, collectValues, examples, flagOption, textOption } from '../command.ts';
import { configureSecretSearch } from '../contents/secret-search.ts';
import type { Context } from '../context.ts';
import { configureFind } from '../find-image.ts';
import { printableLine } from '../printable.ts';
import { choice, formats } from '../scan/scan-options.ts';
import { writeReport } from '../write-report.ts';

/** Not a failure of Lading: what was looked for was found. */
const exitFindings = 10;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image>', 'on this machine, else in its registry; or with a transport; or sbom:FILE, or rootfs:FOLDER')
      .option('--scanners <names>', 'what to look for, with commas between: vulnerabilities,secrets,config')
      .option('--fail-on <severity>', 'exit with 10 from this severity on: critical, high, medium, low')
      .option('--fail-on-unjudged', 'exit with 10 when packages could not be judged, as those of an unknown release')
      .option('--severity <severity>', 'leave out what is less severe')
      .option('--only-fixed', 'leave out what no version mends')
      .option('--since <base>', 'only what was added to this image, on which it was built')
      .option('--ignore-file <file>', 'rules of what does not count (.ladingignore.toml, if it is there)')
      .option(
        '--vex <file>',
        'an OpenVEX document; "attached" for those in the registry; may be repeated',
        collectValues,
      )
      .option('--show-suppressed', 'also what rules and VEX say does not count')
      .option(
        '--include-owned',
        "also judge modules that packages of the distribution brought by their language's advisories",
      )
      .option('--include-kernel-headers', 'judge kernel headers as if they were the kernel')
      .option('--format <format>', formats.join(', '), 'table')
      .option('-o, --output <file>', 'write the report there')
      .option('--database <file>', 'the advisory database ("lading advisories" makes and fetches it)');
    configureSecretSearch(command);
    configureFind(command);
    command.addHelpText(
      'after',
      `\nExits with 10 when something that the report counts reaches --fail-on, and by --fail-on-unjudged.\n${examples(
        ['lading scan app', 'what is wrong with it, since which layer, and what to do'],
        ['lading scan --fail-on high --only-fixed app', 'in continuous integration: what could be mended'],
        ['lading scan --since debian:12 app', 'what the application added to its base'],
        ['lading scan --format sarif -o scan.sarif app', 'for code hosts'],
        ['lading scan --format html -o scan.html registry.example.org/app', 'to look at and pass on'],
        ['lading scan --format openvex -o vex.json app', 'to say of each what comes of it; then --vex vex.json'],
        ['lading scan sbom:bom.json', 'without the image'],
      )}`,
    );
  },

  async run(context, [name = ''], options) {
    const asked = choice(options, 'format', formats) ?? 'table';
    const format = context.json && asked === 'table' ? 'json' : asked;
    const [{ scan }, { formatReport }] = await Promise.all([
      import('../scan/scan.ts'),
      import('../scan/format-report.ts'),
    ]);
    const report = await scan(context, name, options);
    await warn(context, report);
    const { data, text } = await formatReport(format, report, process.stdout.columns ?? 160);
    const isFailing = (await failing(report)) || (flagOption(options, 'failOnUnjudged') && (await isDoubtful(report)));
    const exitCode = isFailing ? exitFindings : 0;
    const output = textOption(options, 'output');
    if (output === undefined) return { data: data ?? text, text, exitCode };
    await writeReport(output, `${text}\n`);
    context.progress.log(`wrote ${printableLine(output)} (${format})`);
    return { data: undefined, exitCode };
  },
};

/** On stderr, whatever the format: a report without findings must not pass for a clean image that nobody could judge. */
async function warn({ progress }: Context, { unjudged }: ScanReport): Promise<void> {
  const { isAlarming } = await import('@lading/contents');
  for (const one of unjudged.filter(isAlarming)) {
    const count = one.packages.length;
    progress.warn(
      printableLine(`${count} ${count === 1 ? 'package was' : 'packages were'} not judged: ${one.message}`),
    );
  }
}

/** Whether there are packages of which nobody can say that they are sound. */
async function isDoubtful({ unjudged }: ScanReport): Promise<boolean> {
  const { isAlarming } = await import('@lading/contents');
  return unjudged.some(isAlarming);
}

async function failing({ failOn, findings = [], secrets = [], checks = [] }: ScanReport): Promise<boolean> {
  if (failOn === undefined) return false;
  const { isAtLeast } = await import('@lading/facts');
  return [...findings, ...secrets, ...checks].some(
    ({ severity, suppressed }) => suppressed === undefined && isAtLeast(severity, failOn),
  );
}
