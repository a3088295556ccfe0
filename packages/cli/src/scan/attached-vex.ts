import { collect } from '@lading/bytes';
import { parseOpenVex, type VexStatement } from '@lading/contents';
import { messageOf } from '@lading/errors';
import { readManifest } from '@lading/image';
import type { Descriptor } from '@lading/oci';
import type { Context } from '../context.ts';
import type { ScanSubject } from './scan-subject.ts';

/** A document that is larger is no statement of people. */
const maxBytes = 16 << 20;

/**
 * What OpenVEX documents say that are attached to the image, or to the index that it was chosen from, as referrers: bare or as in-toto
 * statements. Nobody verifies here who attached them. One that cannot be read is a warning.
 */
export async function attachedStatements(context: Context, { image }: ScanSubject): Promise<readonly VexStatement[]> {
  if (image === undefined) return [];
  const { found } = image;
  const { references } = found.source.repository;
  const digests = new Set([found.document.descriptor.digest, found.image?.descriptor.digest]);
  const statements: VexStatement[] = [];
  for (const digest of digests) {
    if (digest === undefined) continue;
    for await (const referrer of references.referrers(digest, { signal: context.signal })) {
      if (!mayBeVex(referrer)) continue;
      try {
        statements.push(...(await statementsIn(context, image, referrer)));
      } catch (error) {
        context.progress.warn(`Cannot use the VEX document ${referrer.digest}: ${messageOf(error)}`);
      }
    }
  }
  // An image that is here has what was pulled with it, and perhaps not what was attached since.
  if (statements.length === 0 && found.location.transport === 'local')
    context.progress.warn('No VEX document is attached to the image on this machine: "--remote" asks its registry');
  return statements;
}

/** Fallback indexes of registries without the referrers API often do not tell the type, so that its absence decides nothing. */
function mayBeVex({ artifactType = '', annotations = {} }: Descriptor): boolean {
  const predicate = annotations['dev.sigstore.bundle.predicateType'] ?? annotations['in-toto.io/predicate-type'] ?? '';
  if (predicate !== '') return predicate.startsWith('https://openvex.dev/ns');
  return artifactType === '' || /openvex|in-toto|empty/.test(artifactType);
}

async function statementsIn(
  { signal }: Context,
  { found }: NonNullable<ScanSubject['image']>,
  referrer: Descriptor,
): Promise<readonly VexStatement[]> {
  const { content } = found.source.repository;
  const document = await readManifest(content, referrer, { signal });
  if (document.kind !== 'manifest') return [];
  const statements: VexStatement[] = [];
  for (const layer of document.value.layers) {
    if (!/openvex|in-toto|dsse|json/.test(layer.mediaType)) continue;
    const text = (
      await collect(await content.open(layer, { signal }), { maxBytes, what: `VEX document ${layer.digest}` })
    ).toString('utf8');
    if (text.includes('openvex.dev/ns') || text.includes('dsseEnvelope') || text.includes('"payload"')) {
      statements.push(...parseOpenVex(text, layer.digest));
    }
  }
  return statements;
}
