import { createHash } from 'node:crypto';
import type { Finding } from '@lading/facts';
import type { ScanReport } from './scan-report.ts';

/**
 * OpenVEX 0.2.0: a statement for each vulnerability of the image, with the packages that have it. What nobody has decided is
 * `under_investigation`, so that the document can be completed by hand and given back with --vex. An ignore rule accepts a risk, which does not
 * make the image less affected.
 */
export function openVexReport({ image, findings = [], time, version }: ScanReport, author = 'lading scan'): object {
  const product = imageProduct(image);
  const groups = Map.groupBy(findings, ({ id, suppressed }) => JSON.stringify([id, suppressed]));
  const statements = [...groups.values()].map((members) => {
    const [finding] = members as [Finding, ...Finding[]];
    const { id, aliases } = finding;
    const subcomponents = [...new Set(members.map((member) => member.package.purl))]
      .sort()
      .map((purl) => ({ '@id': purl }));
    return {
      vulnerability: { name: id, ...(aliases.length === 0 ? {} : { aliases }) },
      products: [{ ...product, subcomponents }],
      ...statusOf(finding),
    };
  });
  const id = createHash('sha256').update(JSON.stringify(statements)).digest('hex');
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `https://openvex.dev/docs/public/vex-${id}`,
    author,
    timestamp: time,
    version: 1,
    tooling: `lading ${version}`,
    statements,
  };
}

/** purl-spec §oci: a name in lower case and the manifest's digest. */
function imageProduct({ name, digest }: ScanReport['image']): object {
  if (digest === undefined) return { '@id': name };
  const last = name
    .replace(/@.*$/, '')
    .replace(/:[^:/]*$/, '')
    .split('/')
    .at(-1);
  const purl = `pkg:oci/${encodeURIComponent((last || 'image').toLowerCase().toWellFormed())}@${encodeURIComponent(digest)}`;
  return { '@id': purl, identifiers: { purl }, hashes: { 'sha-256': digest.slice(digest.indexOf(':') + 1) } };
}

function statusOf({ suppressed, advice }: Finding): object {
  if (suppressed === undefined) return { status: 'under_investigation', status_notes: advice.join(' ') };
  if (suppressed.status === 'fixed') return { status: 'fixed', status_notes: suppressed.reason };
  if (suppressed.status === 'not-affected') {
    const { justification, reason } = suppressed;
    return {
      status: 'not_affected',
      ...(justification === undefined ? {} : { justification }),
      impact_statement: reason,
    };
  }
  const { owner, expires, reason } = suppressed;
  const until = expires === undefined ? '' : ` until ${expires}`;
  return { status: 'affected', action_statement: `Accepted by ${owner ?? 'nobody named'}${until}: ${reason}` };
}
