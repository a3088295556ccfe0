import type { Image } from '@lading/image';
import { type Descriptor, familiarReference, parseReference } from '@lading/oci';
import type { Repository } from '@lading/store';
import { type CommandModule, examples, flagOption, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { findOrPull } from '../local-image.ts';
import { printableLine } from '../printable.ts';
import type { RebasedOne } from '../rebase/rebase-one.ts';
import { configureRegistry, registryOptions } from '../registries.ts';

/** A rule refuses. */
const unsafe = 3;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image>', 'on this machine, else in its registry; of an index every image')
      .requiredOption('--onto <image>', 'the new base')
      .option('--base <image>', 'what it is built on now; what its annotations or provenance say unless told')
      .option('-t, --tag <name>', 'name the result so; the image itself unless told')
      .option('--pull', 'ask the registry for the new base even when it is here')
      .option('--force', 'also where the result may be another than that of a build')
      .option('--dry-run', 'only say whether it is safe; exits with 3 if not');
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(
        ['lading rebase app --onto debian:12 --pull', 'onto the newest version of its base'],
        ['lading rebase app --onto debian:12 --dry-run', 'whether that is safe, and why not'],
        [
          'lading rebase app --base debian:12.1 --onto debian:12.2 -t app:next',
          'an image that says nothing of its base',
        ],
      ),
    );
  },

  async run(context, [name = ''], options) {
    const reference = parseReference(name);
    const { signal } = context;
    const registry = registryOptions(options);
    const onto = textOption(options, 'onto') ?? '';
    const dryRun = flagOption(options, 'dryRun');
    const home = await context.home();
    const repository = home.repositoryOf(reference);
    const found = await findOrPull(context, reference, { lazy: true, ...registry });
    const { rebaseOne } = await import('../rebase/rebase-one.ts');
    const whole = await wholeOf(context, repository, reference.digest ?? reference.tag ?? 'latest', found);
    const results: RebasedOne[] = [];
    for (const image of whole.images) {
      results.push(
        await rebaseOne(context, repository, image, {
          ...{ onto, dryRun, registry, imageName: name, base: textOption(options, 'base') },
          ...{ force: flagOption(options, 'force'), pull: flagOption(options, 'pull') },
        }),
      );
    }
    const safe = results.every((one) => one.safe);
    const reasons = results.flatMap((one) => one.reasons.map((reason) => printableLine(`${one.platform}: ${reason}`)));
    if (dryRun) {
      const text = safe ? `${familiarReference(reference)} can be rebased onto ${onto}` : reasons.join('\n');
      return { data: { safe, onto, images: results }, text, exitCode: safe ? 0 : unsafe };
    }
    const { copy, writeIndex } = await import('@lading/image');
    const written = results.flatMap(({ manifest }) => (manifest === undefined ? [] : [manifest]));
    const [only] = written;
    const manifest =
      !whole.isIndex && only !== undefined
        ? only
        : await writeIndex(repository, { manifests: written, annotations: whole.annotations, signal });
    const target = parseReference(textOption(options, 'tag') ?? name.replace(/@.*$/, ''));
    await copy(repository, home.repositoryOf(target), {
      from: manifest.digest,
      to: target.tag ?? 'latest',
      referrers: true,
      signal,
    });
    for (const reason of reasons) context.progress.log(`notice: forced although ${reason}`);
    context.progress.log(`rebased ${familiarReference(target)} onto ${onto}`);
    return {
      data: { digest: manifest.digest, previous: whole.digest, onto, safe, images: results },
      text: manifest.digest,
    };
  },
};

interface Whole {
  readonly digest: Descriptor['digest'];
  readonly images: readonly Image[];
  readonly isIndex: boolean;
  /** Of the index. */
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** All images behind a name. Attestations of an index speak of images that are no more, and stay behind. */
async function wholeOf(context: Context, repository: Repository, source: string, found: Image): Promise<Whole> {
  const [{ openImage, openManifest }, { annotationKeys }] = await Promise.all([
    import('@lading/image'),
    import('@lading/oci'),
  ]);
  const document = await openManifest(repository, source, context);
  const { digest } = document.descriptor;
  if (document.kind === 'manifest') return { digest, images: [found], isIndex: false, annotations: undefined };
  const listed = document.value.manifests.filter(
    ({ annotations }) => annotations?.[annotationKeys.dockerReferenceType] === undefined,
  );
  const images: Image[] = [];
  for (const one of listed)
    images.push(await openImage(repository, one, { platform: one.platform, signal: context.signal }));
  return { digest, images, isIndex: true, annotations: document.value.annotations };
}
