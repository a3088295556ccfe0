import { formatReference, parseReference } from '@lading/oci';
import { type CommandModule, examples, flagOption } from '../command.ts';
import { formatResult } from '../locations.ts';
import { planText, totalsOf } from '../plan-text.ts';
import { planPull, pullImage } from '../pull-image.ts';
import { configureRegistry, registryOptions } from '../registries.ts';
import { configureTransfer, wantedPlatforms } from '../transfer.ts';

export const command: CommandModule = {
  configure(command) {
    command.argument('<image>', 'an image in a registry: alpine, registry.example.org/app:1.0, app@sha256:…');
    command.option('--plan', 'transfer nothing: show what a pull would, and how');
    configureTransfer(command, "this machine's");
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(
        ['lading pull alpine', 'docker.io/library/alpine:latest, for this machine'],
        ['lading pull registry.example.org/app:1.0', 'from another registry'],
        ['lading pull app@sha256:…', 'exactly this, without a local tag'],
        ['lading pull --platform linux/arm64 alpine', 'for another machine'],
        ['lading pull --all-platforms --referrers app', 'everything there is of it'],
        ['lading pull --plan app:1.1', 'what it would transfer'],
      ),
    );
  },

  async run(context, [image = ''], options) {
    const reference = parseReference(image, { defaultTag: null });
    const wanted = {
      platforms: wantedPlatforms(options),
      referrers: flagOption(options, 'referrers'),
      ...registryOptions(options),
    };
    if (flagOption(options, 'plan')) {
      const plan = await planPull(context, reference, wanted);
      return { data: { ...plan, total: totalsOf(plan) }, text: planText(plan) };
    }
    const { asked, tag, counts } = await pullImage(context, reference, wanted);
    const { digest, mediaType, size } = asked;
    const { registry, repository } = reference;
    const name = formatReference({ registry, repository, ...(tag === undefined ? { digest } : { tag }) });
    return {
      data: { reference: name, digest, mediaType, size, transferred: counts },
      text: formatResult({ transport: 'registry', reference }, digest),
    };
  },
};
