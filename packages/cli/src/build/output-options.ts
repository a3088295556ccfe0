import type { BuildRequest } from '@lading/builder';
import { LadingError } from '@lading/errors';
import { familiarReference, parseReference, type Reference } from '@lading/oci';
import type { Command } from 'commander';
import { assertTakesArchive } from '../archive-output.ts';
import { collectValues, flagOption, listOption, type OptionValues, textOption } from '../command.ts';
import { annotationAttributes, type LeveledAnnotations, leveledAnnotations } from './annotation-levels.ts';
import { compressionOf, configureCompression } from './compression-options.ts';
import { type OutputSpec, type OutputType, parseOutput } from './output-spec.ts';

/** A result besides the image in the local store. */
export interface FileOutput {
  readonly type: Exclude<OutputType, 'image'>;
  /** A file, or a folder for `local`; `-` is stdout. */
  readonly dest: string;
}

/** Where the result goes. */
export interface BuildOutputs {
  /** The names it gets in the local store, in archives and in registries. */
  readonly names: readonly Reference[];
  /** Whether it gets them in the local store. */
  readonly kept: boolean;
  readonly pushed: boolean;
  readonly files: readonly FileOutput[];
  /** A file for the digest of the config, or of an index. */
  readonly idFile: string | undefined;
  /** A file for what was built, as JSON. */
  readonly metadataFile: string | undefined;
}

/** What of the outputs decides on the bytes of the image. */
export type OutputRequest = LeveledAnnotations & Pick<BuildRequest, 'compression' | 'forceCompression' | 'mediaTypes'>;

export function configureOutput(command: Command): void {
  command
    .option('-t, --tag <name>', 'name the image; may be repeated', collectValues)
    .option(
      '-o, --output <output>',
      'where the result goes: a folder, "-" for a tar on stdout, or type=image|oci|docker|local|tar,dest=PATH; may be repeated',
      collectValues,
    )
    .option('--push', 'send it to the registries of its names')
    .option('--load', 'keep it in the local store also when there are other outputs')
    .option('--iidfile <path>', 'write the digest of the config to a file, or that of the index')
    .option('--metadata-file <path>', 'write what was built to a file, as JSON')
    .option(
      '--annotation <name=value>',
      'add an annotation to the manifest; "index:" or "manifest-descriptor:" before it says where else; may be repeated',
      collectValues,
    );
  configureCompression(command);
}

/** Throws USAGE, REFERENCE_INVALID. */
export function outputOf(options: OptionValues, json: boolean): { outputs: BuildOutputs; request: OutputRequest } {
  const specs = listOption(options, 'output').map(parseOutput);
  const images = specs.filter(({ type }) => type === 'image');
  const files = specs.flatMap(({ type, dest }) => (type === 'image' || dest === undefined ? [] : [{ type, dest }]));
  const names = namesOf(listOption(options, 'tag'), specs);
  const pushed = flagOption(options, 'push') || images.some((spec) => isTrue(spec, 'push'));
  if (pushed && names.length === 0)
    throw new LadingError('USAGE', 'Cannot push: the image has no name', { hint: 'Name it with --tag.' });
  assertOneStream(files, json);
  return {
    outputs: {
      ...{ names, pushed, files },
      kept: files.length === 0 || images.length > 0 || pushed || flagOption(options, 'load'),
      idFile: textOption(options, 'iidfile'),
      metadataFile: textOption(options, 'metadataFile'),
    },
    request: {
      ...leveledAnnotations([
        ...specs.flatMap(({ attributes }) => annotationAttributes(attributes)),
        ...listOption(options, 'annotation'),
      ]),
      ...compressionOf(options, specs),
      mediaTypes: specs.some(({ attributes }) => attributes.get('oci-mediatypes') === 'false') ? 'docker' : undefined,
    },
  };
}

function namesOf(tags: readonly string[], specs: readonly OutputSpec[]): readonly Reference[] {
  const written = specs.flatMap(({ attributes }) => attributes.get('name')?.split(',') ?? []);
  const references = [...tags, ...written].map((text) => parseReference(text));
  return [...new Map(references.map((reference) => [familiarReference(reference), reference])).values()];
}

function isTrue({ attributes }: OutputSpec, name: string): boolean {
  return attributes.get(name) === 'true';
}

function assertOneStream(files: readonly FileOutput[], json: boolean): void {
  const streams = files.filter(({ dest }) => dest === '-');
  if (streams.length > 0) assertTakesArchive('-', json);
  if (streams.length > 1)
    throw new LadingError('USAGE', `Cannot write ${streams.length} outputs to stdout`, {
      hint: 'Write all but one to files, with dest=FILE.',
    });
}
