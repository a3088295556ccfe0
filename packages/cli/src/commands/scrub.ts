import type { Digest } from '@lading/oci';
import type { Damage } from '@lading/store';
import { type CommandModule, examples, flagOption, type OptionValues, type Result } from '../command.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Healing } from '../housekeeping/heal.ts';
import { nameText } from '../housekeeping/names.ts';
import { formatBytes } from '../progress.ts';
import { configureRegistry, registryOptions } from '../registries.ts';
import { shortDigest } from '../table.ts';

/** A damaged file, the images that need it, and, where repair was asked for, what came of it. */
interface Finding {
  readonly damage: Damage;
  readonly images: readonly string[];
  readonly healing?: Healing;
}

const problems: Readonly<Record<Damage['problem'], string>> = {
  digest: 'its bytes are not what its digest says',
  empty: 'it is empty',
  unreadable: 'it cannot be read',
  absent: 'it is missing',
  misplaced: 'it lies in the wrong folder',
  foreign: 'it is nothing that Lading wrote',
};

export const command: CommandModule = {
  configure(command) {
    command.option('--repair', 'put damaged content aside and fetch it again from where its images come from');
    configureRegistry(command);
    command.addHelpText(
      'after',
      `\nEvery byte of every image on this machine is read and compared with its digest. The exit code is 7 when something is damaged and could
not be repaired. What was put aside lies in the folder "damaged" of the content store.\n${examples(
        ['lading scrub', 'find damage and the images that are hit'],
        ['lading scrub --repair', 'also heal what came from a registry'],
        ['lading scrub --json --quiet', 'from a timer'],
      )}`,
    );
  },

  async run(context, _args, options) {
    const { content, catalog } = await context.home();
    const [names, holdings] = await Promise.all([catalog.names(), catalog.holdings()]);
    let total = 0;
    for await (const { size } of content.list({ signal: context.signal })) total += size;
    const read = { blobs: 0, bytes: 0 };
    const findings: Finding[] = [];
    const repair = flagOption(options, 'repair');
    const damaged = content.verify({
      signal: context.signal,
      quarantine: repair,
      onProgress: ({ blobs, bytes }) => {
        Object.assign(read, { blobs, bytes });
        context.progress.update('scrub', 'reading', bytes, Math.max(bytes, total));
      },
    });
    for await (const damage of damaged) {
      const roots = new Set(holdings.filter(({ digest }) => digest === damage.digest).map(({ root }) => root));
      const images = names.filter(({ digest }) => roots.has(digest)).map(nameText);
      const healing = repair && damage.digest !== undefined ? await healed(context, damage.digest, options) : undefined;
      findings.push({ damage, images, ...(healing === undefined ? {} : { healing }) });
    }
    context.progress.end();
    return resultOf(findings, read);
  },
};

async function healed(context: Context, digest: Digest, options: OptionValues): Promise<Healing> {
  const { heal } = await import('../housekeeping/heal.ts');
  return heal(context, digest, registryOptions(options));
}

function resultOf(findings: readonly Finding[], read: { readonly blobs: number; readonly bytes: number }): Result {
  const summary = `${read.blobs} blobs, ${formatBytes(read.bytes)} read`;
  const open = findings.filter(({ healing }) => healing?.healed !== true);
  return {
    data: {
      ...read,
      damaged: findings.map(({ damage, images, healing }) => ({ ...damage, images, ...healing })),
    },
    text: [
      ...findings.flatMap(linesOf),
      findings.length === 0
        ? `no damage: ${summary}`
        : `${findings.length} damaged, ${open.length} not healed: ${summary}`,
    ].join('\n'),
    exitCode: open.length > 0 ? exitCodes.verification : 0,
  };
}

function linesOf({ damage: { digest, path, problem, quarantined }, images, healing }: Finding): string[] {
  const what = digest === undefined ? path : shortDigest(digest);
  return [
    `${what}: ${problems[problem]}`,
    ...(images.length > 0 ? [`  hits ${images.join(', ')}`] : digest === undefined ? [] : ['  no image here needs it']),
    ...(quarantined === undefined ? [] : [`  put aside as ${quarantined}`]),
    `  ${remedy(images, digest !== undefined, healing)}`,
  ];
}

function remedy(images: readonly string[], isContent: boolean, healing: Healing | undefined): string {
  if (healing?.healed === true) return `healed from ${healing.from}`;
  if (!isContent) return 'remove it by hand if it is not yours';
  if (images.length === 0) return healing === undefined ? '"lading scrub --repair" puts it aside' : 'nothing is lost';
  if (healing === undefined) return '"lading scrub --repair" fetches it again; or pull, load or build the image again';
  const reasons = healing.failures.length === 0 ? 'no registry is known that has it' : healing.failures.join('; ');
  return `could not be fetched again (${reasons}): load or build the image again`;
}
