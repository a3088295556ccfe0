import { findScan, type ScanRecord, scanTotals } from '@lading/catalog';
import { LadingError } from '@lading/errors';
import { severities } from '@lading/facts';
import { type Digest, isDigest, isIndexType, isTag } from '@lading/oci';
import { get } from '@lading/store';
import { Type } from 'typebox';
import { identityText } from '../access/identity.ts';
import type { Registry } from '../exchange.ts';
import type { Scans } from '../scan/scans.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { listOf } from './page.ts';
import { requireAdministrator, requirePermission } from './permission.ts';
import { Refusal } from './problem.ts';
import { repositoryParams, requireRepository } from './repository-params.ts';

const Time = Type.String({ format: 'date-time' });
const DigestText = Type.String({ examples: [`sha256:${'0'.repeat(64)}`] });
const Counts = Type.Object(Object.fromEntries(severities.map((severity) => [severity, Type.Integer()])), {
  description: 'Vulnerabilities that count, by severity',
});

const Scan = Type.Object({
  digest: DigestText,
  state: Type.Union(
    [
      Type.Literal('unscanned'),
      Type.Literal('scanning'),
      Type.Literal('scanned'),
      Type.Literal('failed'),
      Type.Literal('no-image'),
    ],
    { description: '`no-image`: nothing that could be looked into, such as an attestation' },
  ),
  at: Type.Optional(Time),
  advisories: Type.Optional(
    Type.Object({ digest: DigestText, newest: Type.String() }, { description: 'The database that it was judged by' }),
  ),
  vulnerabilities: Type.Optional(Counts),
  suppressed: Type.Optional(Type.Integer({ description: 'Vulnerabilities that do not count by a rule' })),
  secrets: Type.Optional(Type.Integer({ description: 'Absent when they were not looked for' })),
  worst: Type.Optional(Type.Array(Type.String())),
  error: Type.Optional(Type.String({ description: 'Why it failed' })),
  refused: Type.Optional(Type.Boolean({ description: 'Pulls of it are refused here for what is in it' })),
});

const Preview = Type.Object({
  due: Type.Integer({ description: 'Nobody has looked into them' }),
  stale: Type.Integer({ description: 'They were judged by what is out of date' }),
  images: Type.Array(Type.Object({ digest: DigestText, why: Type.String() })),
});

const Totals = Type.Object({
  vulnerabilities: Counts,
  secrets: Type.Integer(),
  scanned: Type.Integer(),
  failed: Type.Integer(),
  unscanned: Type.Integer(),
  queued: Type.Integer({ description: 'Blobs and images that wait or run in this replica' }),
});

const imageParams = Type.Object({
  ...repositoryParams.properties,
  reference: Type.String({ description: 'A tag or digest', examples: ['v1'] }),
});
const Document = { 200: Type.Unsafe<object>({ type: 'object', additionalProperties: true }) };

/** What is in images: how far it is known, what was found, and looking again. */
export function scanRoutes(api: Api, registry: Registry): void {
  const { catalog, content, jobs } = registry;
  const { database } = catalog;
  const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['scans'] });
  const scans = (): Scans => {
    if (registry.scans === undefined) {
      throw new Refusal(404, 'UNSUPPORTED', 'This registry does not look into images', {
        hint: 'Its configuration has no section "scan".',
      });
    }
    return registry.scans;
  };

  /** The images that a reference means: itself, or those of an index. Throws 404. */
  const imagesOf = async (repository: string, reference: string): Promise<readonly Digest[]> => {
    await requireRepository(registry, repository);
    const known = isDigest(reference) || isTag(reference);
    const found = known ? await catalog.references(repository).resolve(reference) : undefined;
    if (found === undefined) {
      throw new Refusal(404, 'MANIFEST_UNKNOWN', `The repository ${repository} has no manifest ${reference}`);
    }
    if (!isIndexType(found.mediaType)) return [found.digest];
    const rows = await database.all(
      `SELECT DISTINCT c.child FROM children c JOIN manifests m ON m.repository_id = c.repository_id AND m.digest = c.child
       WHERE c.parent = ? AND c.repository_id = (SELECT id FROM repositories WHERE name = ?) ORDER BY c.child`,
      found.digest,
      repository,
    );
    return rows.map(({ child }) => child as Digest);
  };
  const shown = async (repository: string, digest: Digest) => {
    const record = await findScan(database, digest);
    const isPending = registry.scans?.isPending(digest) === true;
    const manifest = await catalog.manifest(repository, digest);
    const judged = manifest && (await registry.policy.judgePull(repository, manifest.descriptor));
    return defined({
      digest,
      state: isPending ? ('scanning' as const) : (record?.state ?? ('unscanned' as const)),
      at: record?.at.toISOString(),
      advisories: record?.advisories && { ...record.advisories },
      ...(record?.state === 'scanned' ? found(record) : {}),
      error: record?.error,
      refused: judged?.refusal === undefined ? undefined : true,
    });
  };
  /** The one image that a reference means, once somebody has looked into it. Throws 404. */
  const scannedImage = async (repository: string, reference: string): Promise<ScanRecord> => {
    const images = await imagesOf(repository, reference);
    const [digest] = images;
    if (digest === undefined || images.length > 1) {
      throw new Refusal(400, 'USAGE', `${repository} ${reference} is an index of ${images.length} images`, {
        hint: 'Name one of them by its digest.',
      });
    }
    const record = await findScan(database, digest);
    if (record?.state === 'scanned') return record;
    throw new Refusal(404, 'REFERENCE_NOT_FOUND', `Nobody has looked into ${digest} yet, or nobody could`);
  };

  api.get(
    '/scans',
    { schema: { ...about('scanTotals', 'What is in all images together'), response: { 200: Totals } } },
    async (request) => {
      requireAdministrator(registry, request);
      const { queued } = scans();
      const { vulnerabilities, secrets, scanned, failed, due } = await scanTotals(database);
      return { vulnerabilities: { ...vulnerabilities }, secrets, scanned, failed, unscanned: due, queued };
    },
  );

  api.get(
    '/scans/preview',
    { schema: { ...about('previewScan', 'What the job "scan" would look into now'), response: { 200: Preview } } },
    async (request) => {
      requireAdministrator(registry, request);
      scans();
      if (jobs === undefined) throw new Refusal(404, 'UNSUPPORTED', 'This registry has no jobs');
      const { ended } = await jobs.start('scan-preview', { actor: identityText(request.identity) });
      const { outcome, error } = await ended;
      if (outcome === undefined) {
        throw new LadingError('JOB_FAILED', `The job scan-preview failed: ${error ?? 'it was stopped'}`);
      }
      return outcome as never; // as the job of that name gives it
    },
  );

  api.get(
    '/repositories/:repository/scans/:reference',
    {
      schema: {
        ...about('getScans', 'How far it is known what is in an image, or in the images of an index'),
        params: imageParams,
        response: { 200: listOf(Scan) },
      },
    },
    async (request) => {
      const { repository, reference } = request.params;
      requirePermission(registry, request, 'pull', repository);
      const images = await imagesOf(repository, reference);
      return { items: await Promise.all(images.map((digest) => shown(repository, digest))) };
    },
  );

  api.post(
    '/repositories/:repository/scans/:reference',
    {
      schema: {
        ...about('startScan', 'Look into an image, or the images of an index, again; it goes on after the answer'),
        params: imageParams,
        response: { 202: listOf(Scan) },
      },
    },
    async (request, reply) => {
      const { repository, reference } = request.params;
      requirePermission(registry, request, 'push', repository);
      const images = await imagesOf(repository, reference);
      for (const digest of images) await scans().request(digest);
      return reply.code(202).send({ items: await Promise.all(images.map((digest) => shown(repository, digest))) });
    },
  );

  api.get(
    '/repositories/:repository/scans/:reference/report',
    {
      schema: {
        ...about('getScanReport', 'All that was found in an image, as "lading scan --format json" writes it'),
        params: imageParams,
        response: Document,
      },
    },
    async (request) => {
      const { repository, reference } = request.params;
      requirePermission(registry, request, 'pull', repository);
      const { report, digest } = await scannedImage(repository, reference);
      if (report === undefined) throw new Refusal(404, 'REFERENCE_NOT_FOUND', `There is no report of ${digest}`);
      return JSON.parse((await get(content, report.digest, { maxBytes: report.size })).toString('utf8')) as object;
    },
  );

  api.get(
    '/repositories/:repository/scans/:reference/sbom',
    {
      schema: {
        ...about('getSbom', 'What is in an image, as CycloneDX 1.6; also where none is attached to it'),
        params: imageParams,
        response: Document,
      },
    },
    async (request) => {
      const { repository, reference } = request.params;
      requirePermission(registry, request, 'pull', repository);
      const { digest } = await scannedImage(repository, reference);
      const { sbomOf } = await import('../scan/sbom-of.ts');
      const sbom = await sbomOf(registry, repository, digest);
      if (sbom === undefined) {
        throw new Refusal(404, 'REFERENCE_NOT_FOUND', `What was in ${digest} is not kept any more`, {
          hint: 'Have it looked into again: lading registry scan run.',
        });
      }
      return JSON.parse(Buffer.from(sbom).toString('utf8')) as object;
    },
  );
}

function found({ vulnerabilities, suppressed, secrets, worst }: ScanRecord) {
  return { vulnerabilities: { ...vulnerabilities }, suppressed, secrets, worst: [...worst] };
}
