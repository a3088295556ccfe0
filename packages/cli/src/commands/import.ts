import { addAbortSignal } from 'node:stream';
import { type Bytes, fromFile } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { Placement, PublishedTag, StagedBundle } from '@lading/image';
import { type Digest, formatReference, parseReference, type Reference, repositoryOf } from '@lading/oci';
import { localNames } from '../archive-names.ts';
import { bundleData, bundleSummary } from '../bundle-text.ts';
import { type CommandModule, examples, flagOption, type Result, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { formatLocation, formatResult } from '../locations.ts';
import { assertTrustOutput, writeTrustFiles } from '../trust-output.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<file>', 'what "lading export" wrote, or another tar of an OCI layout; "-" is stdin')
      .option('--check', 'only verify it, and say what is inside')
      .option('--dry-run', 'the same as --check')
      .option('--name <name>', 'the name for the only image, instead of those it has in the file')
      .option('--trust-out <folder>', 'write the keys, certificates and policies of the file there, for a verifier')
      .addHelpText(
        'after',
        `\nEverything is verified before anything is visible: every digest and size, that all parts of every image are there,\nand that the file holds what it claims to hold. A tag that points elsewhere is moved, and where it pointed is said.\n${examples(
          ['lading import app.tar', 'the images with all that refers to them, under their names'],
          ['lading import --check --json app.tar', 'what is inside, with digests and sizes'],
          ['lading import --trust-out keys app.tar', 'with what its signatures are checked with'],
          ['ssh host lading export app:1.0 | lading import -', 'from a pipe; nothing is written twice'],
        )}`,
      );
  },

  async run(context, [input = '-'], options) {
    const check = flagOption(options, 'check') || flagOption(options, 'dryRun');
    const trustOut = textOption(options, 'trustOut');
    if (check && trustOut !== undefined) {
      throw new LadingError('USAGE', 'Cannot write trust files while only checking', { hint: 'Leave out --check.' });
    }
    const { stageBundle } = await import('@lading/image');
    const { signal, progress } = context;
    const label = `bundle ${input}`;
    const staged = await stageBundle(source(input, signal), {
      where: input === '-' ? 'stdin' : input,
      content: check ? undefined : (await context.home()).content,
      onProgress: (bytes, totalBytes) => progress.update(label, label, bytes, totalBytes),
      signal,
    });
    try {
      progress.finish(label);
      const proof = staged.proven
        ? 'complete as it claims'
        : 'every image is whole; it does not say whether signatures or other referrers are missing';
      const done = check ? 'verified' : 'imported';
      if (check) {
        progress.log(`${done} ${input}: ${bundleSummary(staged.contents)}; ${proof}`);
        return checked(staged);
      }
      const placements = await placementsOf(context, staged, input, textOption(options, 'name'));
      if (trustOut !== undefined) await assertTrustOutput(trustOut, staged.trustFiles);
      const published = await staged.publish(
        placements.map(({ placement }) => placement),
        { signal },
      );
      await pinUntagged(context, placements);
      const written = trustOut === undefined ? [] : await writeTrustFiles(context, trustOut, staged.trustFiles);
      progress.log(`${done} ${input}: ${bundleSummary(staged.contents)}; ${proof}`);
      return imported(context, staged, { placements, published, written });
    } finally {
      await staged.discard();
    }
  },
};

function source(input: string, signal: AbortSignal): Bytes {
  if (input !== '-') return fromFile(input, { signal });
  // A pipe that says nothing would keep the program waiting after it was interrupted.
  if (!process.stdin.isTTY) return addAbortSignal(signal, process.stdin);
  throw new LadingError('USAGE', 'Cannot import from a terminal', { hint: 'Name a file, or use a pipe.' });
}

/** An image of the file with the name that it gets here. */
interface Placed {
  readonly placement: Placement;
  readonly reference: Reference;
}

async function placementsOf(
  context: Context,
  { contents }: StagedBundle,
  input: string,
  name: string | undefined,
): Promise<Placed[]> {
  const images = contents.manifests.filter(({ kind }) => kind === 'image');
  if (images.length === 0) {
    throw new LadingError('ARCHIVE_INVALID', `Cannot import ${input}: it lists no image`, {
      hint: '"lading import --check" says what is inside.',
    });
  }
  const home = await context.home();
  return images.flatMap((image) => {
    const { descriptor, names, repository } = image;
    // Exported by digest: it has a place, and no tag.
    const untagged = name === undefined && names.length === 0 && repository !== undefined;
    const references = untagged
      ? [parseReference(repository, { defaultTag: null })]
      : localNames(image, images, { command: 'import', input, name });
    return references.map((reference) => ({
      reference,
      placement: { image: descriptor.digest, repository: home.repositoryOf(reference), tag: reference.tag },
    }));
  });
}

/** What has no tag stays because it was asked for. */
async function pinUntagged(context: Context, placements: readonly Placed[]): Promise<void> {
  const { catalog } = await context.home();
  for (const { reference, placement } of placements) {
    if (reference.tag === undefined) await catalog.pin(placement.repository.name, placement.image);
  }
}

function checked({ contents, proven, trustFiles }: StagedBundle): Result {
  const lines = contents.manifests.map(({ kind, descriptor, names, repository }) => {
    const what = names.length > 0 ? names.join(' ') : (repository ?? descriptor.artifactType ?? descriptor.mediaType);
    return `${kind} ${what}@${descriptor.digest}`;
  });
  return {
    data: { proven, ...bundleData(contents), trustFiles: Object.fromEntries(trustFiles) },
    text: lines.join('\n'),
  };
}

function imported(
  context: Context,
  { contents, proven, trustFiles }: StagedBundle,
  { placements, published, written }: { placements: Placed[]; published: readonly PublishedTag[]; written: string[] },
): Result {
  for (const { repository, tag, previous } of published) {
    if (previous !== undefined) context.progress.log(`${repository.name}:${tag} pointed to ${previous.digest} before`);
  }
  const previousOf = (reference: Reference): Digest | undefined =>
    published.find(({ repository, tag }) => repository.name === repositoryOf(reference) && tag === reference.tag)
      ?.previous?.digest;
  const images = placements.map(({ placement, reference }) => {
    const previous = previousOf(reference);
    return {
      reference: formatReference(reference),
      digest: placement.image,
      ...(previous === undefined ? {} : { previous }),
    };
  });
  const lines = placements.map(({ placement, reference }) => {
    const location = { transport: 'local', reference } as const;
    return `${formatLocation(location)} ${formatResult(location, placement.image)}`;
  });
  return {
    data: { images, proven, ...bundleData(contents), trustFiles: Object.fromEntries(trustFiles), written },
    text: lines.join('\n'),
  };
}
