import { randomUUID } from 'node:crypto';
import type { BuildRequest, BuildResult, BuiltImage } from '@lading/builder';
import type { BuildDefinition, ProvenanceMode } from '@lading/builder/provenance';
import { LadingError } from '@lading/errors';
import type { Repository } from '@lading/store';
import type { Command } from 'commander';
import { type OptionValues, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { version } from '../version.ts';

/** What is said of how the image was built. */
export function configureProvenance(command: Command): void {
  command
    .option(
      '--provenance <true|false|mode=min|mode=max>',
      'attach how the image was built (SLSA v1): what from, in mode=max also its steps and times; mode=min unless told',
    )
    .option(
      '--attest-layout <referrer|buildkit>',
      'buildkit: also list it beside the image in an index, where docker looks (referrer unless told)',
    );
}

export interface ProvenanceChoice {
  readonly mode: ProvenanceMode;
  readonly layout: 'referrer' | 'buildkit';
}

/** Undefined when none is wanted. Throws USAGE. */
export function provenanceOf(options: OptionValues): ProvenanceChoice | undefined {
  const [text = 'true', layout = 'referrer'] = [textOption(options, 'provenance'), textOption(options, 'attestLayout')];
  const mode = { true: 'min', 'mode=min': 'min', 'mode=max': 'max', false: undefined } as const;
  if (!(text in mode))
    throw new LadingError('USAGE', `Cannot use --provenance ${text}: it is true, false, mode=min or mode=max`);
  if (layout !== 'referrer' && layout !== 'buildkit')
    throw new LadingError('USAGE', `Cannot use --attest-layout ${layout}: it is referrer or buildkit`);
  const chosen = mode[text as keyof typeof mode];
  return chosen === undefined ? undefined : { mode: chosen, layout };
}

/** The result with its provenance written; its manifest is then what is to be named and pushed. */
export async function withProvenance<Result extends BuildResult>(
  context: Context,
  output: Repository,
  result: Result,
  options: OptionValues,
  built: {
    readonly request: Pick<BuildRequest, 'indexAnnotations' | 'descriptorAnnotations' | 'mediaTypes'>;
    readonly startedOn: Date;
    readonly definitionOf: (image: BuiltImage) => BuildDefinition;
  },
): Promise<Result> {
  const choice = provenanceOf(options);
  if (choice === undefined) return result;
  const { attachProvenance } = await import('@lading/builder/provenance');
  const { indexAnnotations, descriptorAnnotations, mediaTypes } = built.request;
  const attested = await attachProvenance(output, result, {
    ...choice,
    ...{ indexAnnotations, descriptorAnnotations, mediaTypes },
    definitionOf: built.definitionOf,
    version: { lading: version },
    run: {
      invocationId: randomUUID(),
      startedOn: built.startedOn.toISOString(),
      finishedOn: new Date().toISOString(),
    },
    signal: context.signal,
  });
  return { ...result, ...attested };
}
