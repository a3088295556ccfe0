import { LadingError } from '@lading/errors';
import type { Statements } from '../database/database.ts';
import { blobAppliers } from '../internal/blobs.ts';
import { cautionAppliers } from '../internal/cautions.ts';
import { manifestAppliers } from '../internal/manifests.ts';
import { personalTokenAppliers } from '../internal/personal-tokens.ts';
import { pinAppliers } from '../internal/pins.ts';
import { purgeAppliers } from '../internal/purges.ts';
import { robotAppliers } from '../internal/robots.ts';
import { securityReportAppliers } from '../internal/security-reports.ts';
import { tagAppliers } from '../internal/tags.ts';
import { trashAppliers } from '../internal/trash.ts';
import type { Appliers, ManifestBytes } from './applier.ts';
import type { Entry, LedgerRecord } from './entry.ts';
import { importAppliers } from './import-catalog.ts';

const appliers: Appliers<Entry> = {
  ...tagAppliers,
  ...manifestAppliers,
  ...blobAppliers,
  ...pinAppliers,
  ...robotAppliers,
  ...personalTokenAppliers,
  ...securityReportAppliers,
  ...trashAppliers,
  ...cautionAppliers,
  ...purgeAppliers,
  ...importAppliers,
};

/** Changes the tables as the record says. Throws CATALOG_FORMAT for a kind that a newer version wrote. */
export async function apply(statements: Statements, record: LedgerRecord, bytes: ManifestBytes): Promise<void> {
  const { kind } = record.entry;
  // The table has one applier per kind, which takes records of just that kind; the type system cannot follow the choice.
  const applier = appliers[kind] as ((...args: [Statements, LedgerRecord, ManifestBytes]) => Promise<void>) | undefined;
  if (applier === undefined) {
    throw new LadingError(
      'CATALOG_FORMAT',
      `Cannot apply record ${record.sequence} of the journal: "${kind}" is not known`,
      {
        hint: 'Use the Lading that wrote it, or a newer one.',
      },
    );
  }
  await applier(statements, record, bytes);
}
