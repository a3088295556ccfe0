import {
  type DueScan,
  dueScan,
  findScan,
  forgetFleetImage,
  imageContents,
  recordContents,
  recordScan,
  type ScanRecord,
  type SeverityCounts,
} from '@lading/catalog';
import { createSecretScanner, factsOfImage } from '@lading/contents';
import { isLadingError, messageOf } from '@lading/errors';
import { type ImageFacts, severities } from '@lading/facts';
import { type Image, openImage } from '@lading/image';
import { type Digest, isLayerType } from '@lading/oci';
import { get, type Repository } from '@lading/store';
import { compileRules } from '../policy/policy-rules.ts';
import { judgeFleet } from '../watch/judge-fleet.ts';
import { attachResults } from './attach-results.ts';
import { type Evaluation, evaluateImage, firstSeen } from './evaluate-image.ts';
import { keepContent } from './keep-content.ts';
import type { Judges } from './open-judge.ts';
import { openRegistryFacts } from './registry-facts.ts';
import { scanFolder } from './scan-folder.ts';
import type { ScanParts } from './scan-parts.ts';
import type { ScanOutcome } from './scan-task.ts';

export interface ScanImageOptions {
  readonly judges: Judges;
  readonly signal: AbortSignal;
}

/**
 * Looks into an image, whatever of it is known already: learns what is in it, evaluates that, keeps what was found and attaches it in every
 * repository that has the image. Doing it again changes nothing unless facts or judge are others. An image that cannot be read has `failed`;
 * what may go better next time is thrown: transient errors, content and advisories that are not there (yet).
 */
export async function scanImage(
  parts: ScanParts,
  digest: Digest,
  { judges, signal }: ScanImageOptions,
): Promise<ScanOutcome> {
  const { catalog } = parts;
  const due = await dueScan(catalog.database, digest);
  const before = await findScan(catalog.database, digest);
  if (due === undefined && before === undefined) return 'left';
  const places = await placesOf(parts, digest);
  const [first] = places;
  if (first === undefined) return 'left';

  const read = await readImage(parts, first.name, digest, { signal, known: before?.state === 'scanned' });
  const judge = await judges.current(signal);
  const { rules, advisories } = judge;
  const at = new Date();
  const base = { digest, at, rules, vulnerabilities: none, suppressed: 0, firstSeen: {}, worst: [] };
  if (read.state !== 'scanned') {
    await record(parts, { ...base, state: read.state, error: read.error }, undefined, due);
    return read.state;
  }
  const { image, facts } = read;
  const evaluation: Evaluation = evaluateImage({ facts, config: image.config }, judge, parts.version);
  const { vulnerabilities, suppressed, secrets, worst } = evaluation;
  const report = await reportOf(parts, before, evaluation.report);
  for (const { name, attach } of places) await attachResults(parts, name, { image, facts, report }, attach);
  await record(
    parts,
    {
      ...base,
      ...{ state: 'scanned', vulnerabilities, suppressed, secrets, worst },
      advisories: advisories && { digest: advisories.digest, newest: advisories.newest },
      firstSeen: firstSeen(vulnerabilities, before?.firstSeen ?? {}, at),
      report: await keepContent(parts, report),
    },
    facts,
    due,
  );
  // So that searches know of them at once; what other advisories change is the job's to find, and to tell.
  if (advisories !== undefined) await judgeFleet(catalog.database, advisories, { newOnly: true, signal });
  return 'scanned';
}

const none = Object.fromEntries(severities.map((severity) => [severity, 0])) as SeverityCounts;

/** The repositories that have the image and are looked into. */
async function placesOf({ catalog, config }: ScanParts, digest: Digest) {
  const rulesOf = compileRules(config.policies.rules);
  const rows = await catalog.database.all(
    'SELECT r.name FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE m.digest = ? ORDER BY r.name',
    digest,
  );
  return rows.flatMap((row) => {
    const name = String(row.name);
    const { enabled = true, attach = config.scan.attach } = rulesOf(name).scan ?? {};
    return enabled ? [{ name, attach }] : [];
  });
}

type ReadImage =
  | { readonly state: 'scanned'; readonly image: Image; readonly facts: ImageFacts }
  | { readonly state: 'failed'; readonly error: string }
  | { readonly state: 'no-image'; readonly error?: undefined };

async function readImage(
  parts: ScanParts,
  name: string,
  digest: Digest,
  { signal, known }: { readonly signal: AbortSignal; readonly known: boolean },
): Promise<ReadImage> {
  const { content, catalog, config } = parts;
  try {
    const repository: Repository = { name, content, references: catalog.references(name) };
    const image = await openImage(repository, digest, { signal });
    // Attestations of builds have a config as images have, and layers of other kinds.
    if (!image.layers.every(({ descriptor }) => isLayerType(descriptor.mediaType))) return { state: 'no-image' };
    const facts = await factsOfImage(image, {
      store: openRegistryFacts(parts),
      spoolFolder: await scanFolder(content),
      signal,
      ...(config.scan.secrets ? { secretScanner: createSecretScanner } : {}),
    });
    return { state: 'scanned', image, facts };
  } catch (error) {
    if (!isLadingError(error) || error.transient || error.code === 'INTERRUPTED') throw error;
    // Layers of a cache come after their manifest. And what was found once does not go because a disk fails.
    if (known || error.code === 'BLOB_NOT_FOUND') throw error;
    return { state: 'failed', error: messageOf(error) };
  }
}

/** The report of before, where the new one says the same and only the advisories are newer: else all reports would be written again each day. */
async function reportOf({ content }: ScanParts, before: ScanRecord | undefined, made: Uint8Array): Promise<Uint8Array> {
  if (before?.report === undefined) return made;
  const { digest, size } = before.report;
  const kept = await get(content, digest, { maxBytes: size }).catch(() => undefined);
  return kept !== undefined && saidIn(kept) === saidIn(made) ? kept : made;
}

function saidIn(report: Uint8Array): string {
  const {
    time: _time,
    database: _database,
    ...said
  } = JSON.parse(Buffer.from(report).toString('utf8')) as object & {
    readonly time?: unknown;
    readonly database?: unknown;
  };
  return JSON.stringify(said);
}

/**
 * Keeps what was found of an image, with what is in it: every image that is new, or is judged anew, comes by here. Whatever is asked of many
 * images at once, such as which of them have a package, is written here, in the same transaction.
 */
async function record(
  { catalog }: ScanParts,
  scan: ScanRecord,
  facts: ImageFacts | undefined,
  due: DueScan | undefined,
): Promise<void> {
  const contents = facts && imageContents(facts);
  await catalog.database.transaction(async (statements) => {
    await recordScan(statements, scan, due);
    if (contents !== undefined) await recordContents(statements, contents);
    else await forgetFleetImage(statements, scan.digest);
  });
}
