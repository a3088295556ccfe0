import type { Decisions, Judged, ScanReport } from '@lading/contents';
import { LadingError } from '@lading/errors';
import type { Severity } from '@lading/facts';
import type { Digest } from '@lading/oci';
import { withDatabase } from '../advisories/open-database.ts';
import { flagOption, type OptionValues, textOption } from '../command.ts';
import { secretSearch } from '../contents/secret-search.ts';
import type { Context } from '../context.ts';
import { findImage, imageIn } from '../find-image.ts';
import { readDecisions } from './decisions.ts';
import { type Scanner, scannersOption, severityOption } from './scan-options.ts';
import { openSubject, type ScanSubject } from './scan-subject.ts';

/**
 * Advisories change every day: a database whose newest one is older misses some, whenever it was made or pulled, and whatever its file's time.
 */
const oldDays = 7;

/** Everything that is known of an image and wrong with it, as the options ask for it. */
export async function scan(context: Context, name: string, options: OptionValues): Promise<ScanReport> {
  const looked = scannersOption(options);
  const severity = severityOption(options, 'severity');
  const failOn = severityOption(options, 'failOn');
  const time = timeOfReport();
  // Whoever has no database hears it now, not when everything is read.
  if (looked.has('vulnerabilities')) await withDatabase(context, options, () => undefined);
  const secrets = looked.has('secrets') ? await secretSearch(options) : undefined;
  const subject = await openSubject(context, name, options, secrets);
  try {
    const decisions = await readDecisions(context, options, subject, time);
    const base = await layersOfBase(context, options, subject);
    const [{ suppress }, { isAtLeast }, { version }] = await Promise.all([
      import('@lading/contents'),
      import('@lading/facts'),
      import('../version.ts'),
    ]);
    const { found, unjudged, database } = await look(context, subject, { scanners: looked, base, time }, options);
    const { facts } = subject;
    const image = subject.image?.found.image;
    const digests = [facts.digest, subject.image?.found.document.descriptor.digest].filter((one) => one !== undefined);
    const judged = suppress(found, { name: subject.name, digests }, decisions);
    const isShown = (item: { readonly severity: Severity }): boolean =>
      severity === undefined || isAtLeast(item.severity, severity);
    const findings = judged.findings
      .filter(isShown)
      .filter(({ fix }) => !flagOption(options, 'onlyFixed') || fix === 'fixed');
    return {
      image: {
        name: subject.name,
        digest: image?.descriptor.digest,
        platform: facts.platform,
        distribution: facts.distribution?.prettyName ?? facts.distribution?.id,
        layers: facts.layers,
        packages: facts.packages.length,
      },
      database,
      findings: looked.has('vulnerabilities') ? findings : undefined,
      secrets: judged.secrets?.filter(isShown),
      checks: judged.checks?.filter(isShown),
      unjudged,
      warnings: facts.warnings,
      notes: [
        ...notesOnRules(judged, decisions),
        ...notesOnLeftOut(judged.findings.length - findings.length),
        ...notesOnAge(database?.newest, time),
      ],
      since: textOption(options, 'since'),
      failOn,
      showSuppressed: flagOption(options, 'showSuppressed'),
      time,
      version,
    };
  } finally {
    await subject.close();
  }
}

interface Asked {
  readonly scanners: ReadonlySet<Scanner>;
  /** The diffIDs of what is left out. */
  readonly base: ReadonlySet<Digest>;
  /** When it is, ISO. */
  readonly time: string;
}

interface Looked {
  readonly found: Pick<Judged, 'findings' | 'secrets' | 'checks'>;
  readonly unjudged: ScanReport['unjudged'];
  readonly database: ScanReport['database'];
}

async function look(
  context: Context,
  { facts, image, name }: ScanSubject,
  { scanners, base, time }: Asked,
  options: OptionValues,
): Promise<Looked> {
  const { addedSince, checkImage, describeFindings, findVulnerabilities } = await import('@lading/contents');
  const added = addedSince(facts, base);
  const secrets = scanners.has('secrets') ? facts.secrets?.filter(({ layer }) => added.layer(layer)) : undefined;
  const checks =
    scanners.has('config') && image !== undefined
      ? checkImage({
          facts,
          config: image.config,
          // The name of a file says nothing of how the image is called.
          reference: 'reference' in image.found.location ? name : undefined,
          now: new Date(time),
        }).filter(({ layer }) => added.layer(layer))
      : undefined;
  if (!scanners.has('vulnerabilities'))
    return { found: { findings: [], secrets, checks }, unjudged: [], database: undefined };
  return withDatabase(context, options, (database) => {
    const { digest, newest } = database;
    const { findings, unjudged } = findVulnerabilities(facts, database, {
      includeOwned: flagOption(options, 'includeOwned'),
      includeKernelHeaders: flagOption(options, 'includeKernelHeaders'),
    });
    const described = describeFindings(added.findings(findings), database);
    return { found: { findings: described, secrets, checks }, unjudged, database: { digest, newest } };
  });
}

/** The diffIDs of --since, whose manifest and config alone are read. */
async function layersOfBase(
  context: Context,
  options: OptionValues,
  { facts }: ScanSubject,
): Promise<ReadonlySet<Digest>> {
  const name = textOption(options, 'since');
  if (name === undefined) return new Set();
  const found = await findImage(context, name, options);
  try {
    const base = new Set(imageIn(found).config.rootfs.diff_ids);
    if (facts.layers.some(({ diffId }) => base.has(diffId))) return base;
    throw new LadingError('USAGE', `Cannot tell what was added since ${name}: no layer of it is in the image`, {
      hint: 'Name the very image that it was built on; its tag may have moved on since.',
    });
  } finally {
    await found.source.close();
  }
}

function notesOnRules({ expired, unused }: Judged, { rules }: Decisions): string[] {
  if (rules.length === 0) return [];
  return [
    ...expired.map(
      ({ id, line, expires, owner }) => `The ignore rule for ${id} (line ${line}, ${owner}) ended on ${expires}`,
    ),
    ...unused.map(({ id, line }) => `The ignore rule for ${id} (line ${line}) applies to nothing`),
  ];
}

function notesOnLeftOut(count: number): string[] {
  return count === 0 ? [] : [`Left out as asked: ${count} ${count === 1 ? 'vulnerability' : 'vulnerabilities'}`];
}

function notesOnAge(newest: string | undefined, time: string): string[] {
  const days = newest === undefined ? Number.NaN : (Date.parse(time) - Date.parse(newest)) / 86_400_000;
  return days > oldDays
    ? [`The newest advisory is ${Math.floor(days)} days old: "lading advisories update" gets those since`]
    : [];
}

/** Now, or what SOURCE_DATE_EPOCH says, so that equal scans can give equal reports. */
function timeOfReport(): string {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  return new Date(epoch !== undefined && /^\d+$/.test(epoch) ? Number(epoch) * 1000 : Date.now()).toISOString();
}
