import type { SbomFormat } from '@lading/contents';
import type { Descriptor } from '@lading/oci';
import { type CommandModule, examples, flagOption, type Result, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { configureFind } from '../find-image.ts';
import { type SbomSource, withSbom } from '../sbom/sbom-source.ts';
import { shortDigest } from '../table.ts';
import { version } from '../version.ts';
import { writeReport } from '../write-report.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image>', 'on this machine, else in its registry; with a transport, as in "lading copy"; or sbom:FILE')
      .option(
        '--format <format>',
        'a document: cyclonedx (1.6), cyclonedx-1.7 or spdx (2.3), as JSON; a table unless told',
      )
      .option('-o, --output <file>', 'writes the document there')
      .option('--attach', 'attaches it to the image, in the repository where the image is')
      .option('--fresh', 'looks into the image although it has such a document attached');
    configureFind(command);
    command.addHelpText(
      'after',
      `\nEvery package comes with the layer and the instruction that brought it. Each layer is read once in its life; what was learnt is kept.\n${examples(
        ['lading sbom app', 'what is in it, as a table'],
        ['lading sbom --format cyclonedx app > app.cdx.json', 'for other tools'],
        ['lading sbom --attach registry.example.org/team/app:1', 'in the registry, as a referrer of the image'],
        ['lading sbom -o app.spdx.json docker-archive:app.tar', 'of an archive, as SPDX by the name of the file'],
        ['lading sbom --format spdx sbom:other-tool.json', 'reads what others wrote, CycloneDX or SPDX'],
        ['lading sbom diff app:1 app:2', 'which packages came, went and changed'],
        ['lading sbom merge --name product a.json b.json', 'one document of several'],
      )}`,
    );
  },

  async run(context, [name = ''], options) {
    const { formatOf } = await import('../sbom/sbom-format.ts');
    const isAttached = flagOption(options, 'attach');
    const asked = formatOf(options) ?? (isAttached ? 'cyclonedx-1.6' : undefined);
    const output = textOption(options, 'output');
    return withSbom(context, name, options, async (source) => {
      const isTable = asked === undefined || (context.json && textOption(options, 'format') === undefined);
      if (isTable && output === undefined && !isAttached) {
        const [{ facts }, { sbomText }] = await Promise.all([source.sbom(), import('../sbom/sbom-text.ts')]);
        return { data: { name: source.name, ...facts }, text: sbomText({ facts, name: source.name }) };
      }
      const format = asked ?? 'cyclonedx-1.6';
      const isFresh = flagOption(options, 'fresh');
      const { bytes, artifact } = await documentOf(context, source, { format, isAttached, isFresh });
      if (output !== undefined) await writeReport(output, bytes);
      return output === undefined && !isAttached
        ? { data: undefined, bytes }
        : told(source, { format, output, artifact });
    });
  },
};

interface Wish {
  readonly format: SbomFormat;
  readonly isAttached: boolean;
  readonly isFresh: boolean;
}

interface Made {
  readonly bytes: Uint8Array;
  /** What holds it in the registry. */
  readonly artifact?: Descriptor;
}

/** The document: the one that is attached to the image, where there is one, else a new one. */
async function documentOf(context: Context, source: SbomSource, { format, isAttached, isFresh }: Wish): Promise<Made> {
  const { found, created } = source;
  const write = async (): Promise<Uint8Array> => {
    const [{ writeSbom }, sbom] = await Promise.all([import('@lading/contents'), source.sbom()]);
    return writeSbom(sbom, { format, created, toolVersion: version });
  };
  if (found === undefined) return { bytes: await write() };
  const { attachSbom, findAttachedSbom } = await import('@lading/contents');
  const { repository } = found.in.source;
  const { descriptor } = found.image;
  const { signal } = context;
  const attached = isFresh ? undefined : await findAttachedSbom(repository, descriptor, { format, signal });
  if (attached !== undefined) return attached;
  const bytes = await write();
  if (!isAttached) return { bytes };
  return { bytes, artifact: await attachSbom(repository, descriptor, { bytes, format, signal }) };
}

function told(
  { name }: SbomSource,
  { format, output, artifact }: { format: SbomFormat; output: string | undefined; artifact: Descriptor | undefined },
): Result {
  const lines = [
    ...(output === undefined ? [] : [`wrote ${output} (${format})`]),
    ...(artifact === undefined ? [] : [`${name} has the SBOM ${shortDigest(artifact.digest)} (${format})`]),
  ];
  return {
    data: { name, format, ...(output === undefined ? {} : { output }), artifact: artifact?.digest },
    text: lines.join('\n'),
  };
}
