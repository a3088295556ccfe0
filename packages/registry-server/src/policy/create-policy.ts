import { type Catalog, createCollection, type LedgerPage, quarantinedAmong } from '@lading/catalog';
import { artifactTypeOf, childrenOf, type Descriptor, type Digest, isDigest, isForeignLayerType } from '@lading/oci';
import { type Answer, problem } from '../answer.ts';
import type { ManifestCache } from '../internal/manifest-cache.ts';
import { createBlobLeases } from './blob-leases.ts';
import { createCautionTable, noCautions } from './caution-table.ts';
import type { NewManifest, Policy } from './policy.ts';
import type { PolicyConfig } from './policy-config.ts';
import { compileRules, type ScanRule } from './policy-rules.ts';
import { protectContent } from './protect-content.ts';
import { refuseGrowth } from './quota.ts';
import { openScanGate, type ScanGate } from './scan-gate.ts';
import { watchCautions } from './watch-cautions.ts';

export interface PolicyOptions {
  readonly catalog: Catalog;
  readonly config: PolicyConfig;
  /** Forgets what is purged. */
  readonly manifests?: Pick<ManifestCache, 'delete'> | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface ConfiguredPolicy extends Policy {
  /** From now on these rules hold. */
  reconfigure(config: PolicyConfig): Promise<void>;
  close(): Promise<void>;
}

/** The policy that a configuration describes, with what the catalog has in quarantine and as deprecated. The caller closes it. */
export async function createPolicy(options: PolicyOptions): Promise<ConfiguredPolicy> {
  const { catalog, manifests, now = () => new Date() } = options;
  let { config } = options;
  let rulesOf = compileRules(config.rules);
  let cautions = noCautions;
  const collection = createCollection(catalog);
  const leases = createBlobLeases(collection, config.leaseMs, now);
  // Where no rule asks what is in images, nobody keeps it in memory.
  let gate: ScanGate | undefined;
  const openGate = async (): Promise<void> => {
    if (gate === undefined && config.rules.some(({ scan }) => scan !== undefined && judges(scan))) {
      gate = await openScanGate(catalog, now);
    }
  };
  await openGate();
  const watch = await watchCautions(catalog, (found) => {
    cautions = createCautionTable(found);
    for (const digest of found.purged) manifests?.delete(digest);
  });

  return {
    get config() {
      return config;
    },
    async reconfigure(next) {
      config = next;
      rulesOf = compileRules(next.rules);
      await openGate();
    },
    async refresh() {
      await Promise.all([watch.refresh(), gate?.refresh()]);
    },
    async close() {
      await Promise.all([watch.close(), gate?.close()]);
    },

    refuseBytes: (repository, bytes) => refuseGrowth(catalog.database, rulesOf(repository), repository, bytes),
    async refuseManifest(repository, manifest) {
      const { takesMediaType, takesArtifactType } = rulesOf(repository);
      const { mediaType } = manifest.descriptor;
      if (!takesMediaType(mediaType)) return unwanted(repository, 'media type', mediaType);
      const artifactType = artifactTypeOf(manifest.document);
      if (artifactType === undefined || takesArtifactType(artifactType)) return undefined;
      return unwanted(repository, 'artifact type', artifactType);
    },
    tagRule: (repository, tag) => (rulesOf(repository).isFixed(tag) ? 'fixed' : 'free'),
    async refuseDelete(repository, reference) {
      if (isDigest(reference) || !rulesOf(repository).isFixed(reference)) return undefined;
      const there = await catalog.references(repository).resolve(reference);
      return there && fixed(reference);
    },
    acceptsSparse: (repository) => rulesOf(repository).sparse,
    keepsTrash: () => config.trashMs > 0,
    cautionOf: (repository, digest, tag) =>
      cautions === noCautions ? undefined : cautions.of(repository, digest, tag, now()),
    judgePull(repository, manifest) {
      if (gate === undefined) return undefined;
      const { scan } = rulesOf(repository);
      return scan !== undefined && judges(scan) ? gate.judge(scan, manifest) : undefined;
    },
    protectContent: (digest) => protectContent(collection, digest, now),
    leaseBlob: leases.take,
    leasedBlob: leases.taken,

    async refuseLink(page, repository, { digest, size }) {
      const rules = rulesOf(repository);
      if (rules.quota === undefined || (await hasBlob(page, repository, digest))) return undefined;
      return refuseGrowth(page, rules, repository, size);
    },
    async refuseRecord(page, repository, { descriptor, document }) {
      const rules = rulesOf(repository);
      const parts = childrenOf(document);
      const bad = await quarantinedAmong(page, [descriptor.digest, ...parts.map(({ digest }) => digest)]);
      if (bad !== undefined) return problem(403, 'DENIED', `${bad} is in quarantine`, { detail: { digest: bad } });
      if (!rules.sparse) {
        const missing = await missingPart(page, repository, { descriptor, document }, parts);
        if (missing !== undefined) return incomplete(repository, missing);
      }
      if (rules.quota === undefined || (await hasManifest(page, repository, descriptor.digest))) return undefined;
      return refuseGrowth(page, rules, repository, descriptor.size);
    },
    async refuseRemoval(page, repository, digest) {
      const { isFixed } = rulesOf(repository);
      const tags = await page.all(
        'SELECT t.name FROM tags t JOIN repositories r ON r.id = t.repository_id WHERE r.name = ? AND t.digest = ?',
        repository,
        digest,
      );
      const tag = tags.map(({ name }) => String(name)).find(isFixed);
      return tag === undefined ? undefined : fixed(tag);
    },
  };
}

/** Whether pulls depend on it. */
function judges({ block, unscanned }: ScanRule): boolean {
  return block !== undefined || unscanned === 'deny';
}

async function missingPart(
  page: LedgerPage,
  repository: string,
  { document }: NewManifest,
  parts: readonly Descriptor[],
): Promise<Descriptor | undefined> {
  for (const part of parts) {
    if (isForeignLayerType(part.mediaType)) continue;
    const here =
      (document.kind === 'index' && (await hasManifest(page, repository, part.digest))) ||
      (await hasBlob(page, repository, part.digest));
    if (!here) return part;
  }
  return undefined;
}

async function hasBlob(page: LedgerPage, repository: string, digest: Digest): Promise<boolean> {
  const row = await page.get(
    'SELECT 1 AS found FROM blobs b JOIN repositories r ON r.id = b.repository_id WHERE r.name = ? AND b.digest = ?',
    repository,
    digest,
  );
  return row !== undefined;
}

async function hasManifest(page: LedgerPage, repository: string, digest: Digest): Promise<boolean> {
  const row = await page.get(
    'SELECT 1 AS found FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE r.name = ? AND m.digest = ?',
    repository,
    digest,
  );
  return row !== undefined;
}

function unwanted(repository: string, what: string, type: string): Answer {
  return problem(403, 'DENIED', `The repository ${repository} does not take the ${what} ${type}`, {
    detail: { repository, type },
  });
}

function fixed(tag: string): Answer {
  return problem(409, 'DENIED', `The tag ${tag} is immutable`, { detail: { tag } });
}

function incomplete(repository: string, { digest, mediaType }: Descriptor): Answer {
  return problem(
    400,
    'MANIFEST_BLOB_UNKNOWN',
    `The repository ${repository} lacks ${digest}, which the manifest needs`,
    {
      detail: [{ digest, mediaType }],
    },
  );
}
