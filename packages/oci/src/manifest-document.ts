import { LadingError } from '@lading/errors';
import type { Descriptor } from './descriptor.ts';
import { type DigestAlgorithm, digestOf } from './digest.ts';
import { type ImageIndex, imageIndexCheck } from './image-index.ts';
import { anObject, fault, type JsonObject, memberOf, type Place, quote, rootOf } from './internal/json-shape.ts';
import { readJsonText } from './internal/json-text.ts';
import { type Manifest, manifestCheck } from './manifest.ts';
import { isIndexType, isManifestType, isSchema1Type, mediaTypes } from './media-type.ts';

/** The most bytes of a manifest or index. OCI distribution-spec 1.1 §pushing-manifests asks registries for at least this. */
export const maxManifestBytes: number = 4 * 1024 * 1024;

interface Document {
  /** What the document is, also where it does not say so itself. */
  readonly mediaType: string;
  /** The bytes as they were given: what the digest covers. Never re-encode `value` instead. */
  readonly bytes: Uint8Array;
  /** mediaType, digest and size of `bytes`. */
  readonly descriptor: Descriptor;
}

/** An image manifest or an index, read and checked, with its bytes. Fields that Lading does not know stay on `value`. */
export type ManifestDocument =
  | (Document & { readonly kind: 'manifest'; readonly value: Manifest })
  | (Document & { readonly kind: 'index'; readonly value: ImageIndex });

/** Types that servers give when they do not know better: they say nothing about the content. */
const genericTypes: ReadonlySet<string> = new Set([
  '',
  'application/json',
  'application/octet-stream',
  'binary/octet-stream',
  'text/plain',
]);

/**
 * Reads an image manifest or index of either world. `mediaType` is what the outside says, a `Content-Type` or the descriptor that led
 * here; it counts when the document does not name its own type (Helm's do not), and must not contradict it.
 * Throws MANIFEST_INVALID, naming the place (`at $.layers[2].digest`), and MANIFEST_UNSUPPORTED for schema 1 and foreign types.
 *
 * A document that could be read as manifest and as index is refused: two programs could take the same digest for different
 * images (the CVE-2021-41190 family).
 */
export function parseManifest(
  bytes: Uint8Array,
  mediaType?: string | undefined,
  options: { readonly algorithm?: DigestAlgorithm | undefined } = {},
): ManifestDocument {
  const root = rootOf('manifest');
  const announced = essence(mediaType ?? '');
  if (isSchema1Type(announced)) throw schema1();
  const object = anObject(readJsonText(bytes, { what: root.what, maxBytes: maxManifestBytes }), root);
  const kind = kindOf(object, root);
  const type = typeOf(object, kind, announced, root);
  const descriptor: Descriptor = { mediaType: type, digest: digestOf(bytes, options.algorithm), size: bytes.length };
  return kind === 'manifest'
    ? { kind, value: manifestCheck(object, root), mediaType: type, bytes, descriptor }
    : { kind, value: imageIndexCheck(object, root), mediaType: type, bytes, descriptor };
}

/** What the document points to and cannot be without: config and layers, or the manifests of an index. Not its subject. */
export function childrenOf(document: ManifestDocument): readonly Descriptor[] {
  return document.kind === 'manifest' ? [document.value.config, ...document.value.layers] : document.value.manifests;
}

/**
 * What a list of referrers shows as artifactType: the document's own, else the media type of a manifest's config.
 * OCI distribution-spec 1.1 §listing-referrers.
 */
export function artifactTypeOf(document: ManifestDocument): string | undefined {
  const own = document.value.artifactType;
  if (own !== undefined && own !== '') return own;
  return document.kind === 'manifest' ? document.value.config.mediaType : undefined;
}

/** Decided by the members alone, and only when they leave one reading. */
function kindOf(object: JsonObject, root: Place): 'manifest' | 'index' {
  // Go's JSON reader takes "Layers" for "layers", so names are compared as it would.
  const names = new Set(
    Object.keys(object)
      .filter((key) => object[key] !== null)
      .map((key) => key.toLowerCase()),
  );
  const nulls = new Set(Object.keys(object).filter((key) => object[key] === null));
  const manifest = names.has('config') || names.has('layers');
  const index = names.has('manifests');
  const old = names.has('fslayers');
  if (Number(manifest) + Number(index) + Number(old) > 1) {
    throw fault(root, 'it has the members of more than one kind of manifest (layers or config, manifests, fsLayers)');
  }
  if (old || object.schemaVersion === 1) throw schema1();
  if (manifest) return 'manifest';
  if (index || nulls.has('manifests')) return 'index';
  const named = object.mediaType;
  if (typeof named === 'string' && isManifestType(named)) return isIndexType(named) ? 'index' : 'manifest';
  if (typeof named === 'string' && !genericTypes.has(named)) throw unsupported(named);
  throw fault(root, 'it has neither config and layers nor manifests');
}

function typeOf(object: JsonObject, kind: 'manifest' | 'index', announced: string, root: Place): string {
  const place = memberOf(root, 'mediaType');
  const named = object.mediaType ?? '';
  if (typeof named !== 'string') throw fault(place, 'it must be a string');
  if (isSchema1Type(named)) throw schema1();
  if (named !== '' && !isManifestType(named)) throw unsupported(named);
  const outside = genericTypes.has(announced) ? '' : announced;
  if (outside !== '' && !isManifestType(outside)) throw unsupported(outside);
  if (named !== '' && outside !== '' && named !== outside) {
    throw fault(place, `it is ${quote(named)}, but the manifest was announced as ${quote(outside)}`);
  }
  const type = named || outside || inferred(object, kind);
  if (isIndexType(type) !== (kind === 'index')) {
    throw fault(
      place,
      `the type is ${quote(type)}, but the members are those of ${kind === 'index' ? 'an index' : 'an image manifest'}`,
    );
  }
  return type;
}

/** Docker's manifests always name their type, so only a Docker config tells of a Docker manifest that lost it. */
function inferred(object: JsonObject, kind: 'manifest' | 'index'): string {
  if (kind === 'index') return mediaTypes.ociIndex;
  const config = object.config;
  const docker =
    config !== null &&
    typeof config === 'object' &&
    'mediaType' in config &&
    config.mediaType === mediaTypes.dockerConfig;
  return docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
}

/** A Content-Type without its parameters. */
function essence(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function schema1(): LadingError {
  return new LadingError('MANIFEST_UNSUPPORTED', 'Cannot read manifest: it is Docker schema 1', {
    hint: 'Schema 1 was retired in 2019. Pull and push the image once with a current program to convert it.',
  });
}

function unsupported(mediaType: string): LadingError {
  return new LadingError(
    'MANIFEST_UNSUPPORTED',
    `Cannot read manifest: its type ${quote(mediaType)} is not supported`,
    {
      hint: 'Supported are OCI image manifests and indexes, and Docker schema 2 manifests and manifest lists.',
      details: { mediaType },
    },
  );
}
