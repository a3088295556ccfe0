import { LadingError } from '@lading/errors';
import { type CommandModule, examples, type Result } from '../command.ts';
import type { Context } from '../context.ts';
import { printableLine } from '../printable.ts';
import { component, configureRegistryApi, type RegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, shortDigest, table } from '../table.ts';
import { runRegistryJob } from './job-run.ts';
import { parseRegistryReference } from './reference-text.ts';

type Counts = Readonly<Record<string, number>>;

interface Scan {
  readonly digest: string;
  readonly state: string;
  readonly at?: string;
  readonly vulnerabilities?: Counts;
  readonly suppressed?: number;
  readonly secrets?: number;
  readonly error?: string;
  readonly refused?: boolean;
}

interface Totals {
  readonly vulnerabilities: Counts;
  readonly secrets: number;
  readonly scanned: number;
  readonly failed: number;
  readonly unscanned: number;
  readonly queued: number;
}

interface Report {
  readonly findings?: readonly {
    readonly id: string;
    readonly severity: string;
    readonly fixedVersion?: string;
    readonly package: { readonly name: string; readonly version: string };
    readonly suppressed?: object;
    readonly advice: readonly string[];
  }[];
}

const actions = ['status', 'run', 'preview', 'findings', 'sbom'] as const;

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[action]', `${actions.join(', ')} (status)`)
      .argument('[image]', 'a repository with a tag or digest, without the registry; all images without');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(
        ['lading registry scan', 'what is in all images together, and how many nobody has looked into'],
        ['lading registry scan status team/app:1.4', 'how far it is known what is in it, and whether it is refused'],
        ['lading registry scan findings team/app:1.4', 'what is wrong with it, and what to do; --json for all of it'],
        ['lading registry scan sbom team/app:1.4', 'what is in it, as CycloneDX'],
        ['lading registry scan run team/app:1.4', 'look into it again'],
        ['lading registry scan run', 'look into all that nobody has looked into, by the advisories of today'],
        ['lading registry scan preview', 'which those are'],
      ),
    );
  },

  run: (context, [action = 'status', image], options) =>
    withRegistryApi(context, options, async (api) => {
      if (action === 'status') return image === undefined ? totals(api) : status(api, image);
      if (action === 'run') return image === undefined ? runRegistryJob(context, api, 'scan', {}) : rescan(api, image);
      if (action === 'preview' && image === undefined) return preview(api);
      if ((action === 'findings' || action === 'sbom') && image !== undefined) {
        return action === 'sbom' ? sbom(api, image) : findings(context, api, image);
      }
      throw new LadingError('USAGE', `Cannot ${action} scans: that is not how it is written`, {
        hint: `Actions are ${actions.join(', ')}; findings and sbom are of one image.`,
      });
    }),
};

async function totals(api: RegistryApi): Promise<Result> {
  const data = await api.get<Totals>('/scans', 'see what is in images');
  const { vulnerabilities, secrets, scanned, failed, unscanned, queued } = data;
  const lines = [
    `images: ${scanned} looked into, ${failed} could not be, ${unscanned} wait for it (${queued} blobs and images in this replica)`,
    `vulnerabilities: ${countsText(vulnerabilities)}`,
    `secrets: ${secrets}`,
  ];
  return { data, text: lines.join('\n') };
}

async function status(api: RegistryApi, image: string): Promise<Result> {
  const { items } = await api.get<{ items: readonly Scan[] }>(pathOf(image, 'see'), 'see what is in the image');
  return { data: items, text: scanTable(items) };
}

async function rescan(api: RegistryApi, image: string): Promise<Result> {
  const path = pathOf(image, 'look into');
  const { items } = await api.send<{ items: readonly Scan[] }>('POST', path, `look into ${image}`);
  return { data: items, text: items.map(({ digest }) => `${digest} is looked into`).join('\n') };
}

async function preview(api: RegistryApi): Promise<Result> {
  const data = await api.get<{ images: readonly { digest: string; why: string }[] }>(
    '/scans/preview',
    'preview the job scan',
  );
  return {
    data,
    text: table(
      ['IMAGE', 'WHY'],
      data.images.map(({ digest, why }) => [digest, why]),
    ),
  };
}

async function findings(context: Context, api: RegistryApi, image: string): Promise<Result> {
  const report = await api.get<Report>(`${pathOf(image, 'see')}/report`, 'see what is wrong with the image');
  const shown = (report.findings ?? []).filter(({ suppressed }) => suppressed === undefined);
  const rows = shown.map(({ id, severity, package: found, fixedVersion, advice }) =>
    // Names come from images, and advisories say what they like.
    [severity, id, found.name, found.version, fixedVersion ?? 'none yet', advice[0] ?? ''].map(printableLine),
  );
  if (report.findings === undefined)
    context.progress.warn('the registry has no advisories: vulnerabilities are unknown');
  return { data: report, text: table(['SEVERITY', 'ID', 'PACKAGE', 'VERSION', 'FIXED IN', 'WHAT TO DO'], rows) };
}

async function sbom(api: RegistryApi, image: string): Promise<Result> {
  const data = await api.get<object>(`${pathOf(image, 'see')}/sbom`, 'see what is in the image');
  return { data, text: JSON.stringify(data, undefined, 2) };
}

function scanTable(items: readonly Scan[]): string {
  const rows = items.map(({ digest, state, at, vulnerabilities, secrets, error, refused }) => [
    shortDigest(digest),
    state,
    at === undefined ? '' : formatDate(at),
    vulnerabilities === undefined ? '' : countsText(vulnerabilities),
    secrets === undefined ? '' : String(secrets),
    refused === true ? 'refused' : '',
    printableLine(error ?? ''),
  ]);
  return table(['IMAGE', 'STATE', 'AT', 'VULNERABILITIES', 'SECRETS', 'PULLS', ''], rows);
}

function countsText(counts: Counts): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? 'none' : some.map(([severity, count]) => `${count} ${severity}`).join(', ');
}

/** Throws USAGE. */
function pathOf(image: string, action: string): string {
  const { repository, reference = 'latest' } = parseRegistryReference(image, action);
  return `/repositories/${component(repository)}/scans/${component(reference)}`;
}
