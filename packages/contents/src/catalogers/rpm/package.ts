import { decodeName } from '@lading/tar';
import type { Fact } from '../cataloger.ts';
import type { RpmHeader } from './header.ts';
import { sourceOf, withEpoch } from './versions.ts';

/** rpm's docs/manual/tags.md. */
const tags = {
  sigMd5: 261,
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  license: 1014,
  packager: 1015,
  architecture: 1022,
  oldFileNames: 1027,
  sourceRpm: 1044,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  modularityLabel: 5096,
} as const;

/** Linux opens no longer path. */
const maxPathBytes = 4096;

/**
 * The package of a header with the paths that it owns. Of `gpg-pubkey` nothing: `rpm -qa` lists the keys that rpm trusts among the packages,
 * but there is no software in them, and nothing that has versions.
 */
export function* readPackage(header: RpmHeader): Generator<Fact> {
  const [name, version, release] = [tags.name, tags.version, tags.release].map((tag) => header.text(tag) || undefined);
  if (name === undefined || version === undefined) {
    const message = `Passed over a package "${(name ?? '').slice(0, 100)}": its name or version is absent`;
    yield { kind: 'warning', message };
    return;
  }
  if (name === 'gpg-pubkey') return;
  const evr = withEpoch(header.number(tags.epoch), release === undefined ? version : `${version}-${release}`);
  const architecture = header.text(tags.architecture);
  const [license, md5] = [header.text(tags.license), header.binary(tags.sigMd5)];
  const modularityLabel = header.text(tags.modularityLabel);
  yield {
    kind: 'package',
    package: {
      type: 'rpm',
      name,
      version: evr,
      architecture: architecture === 'noarch' ? undefined : architecture,
      source: sourceOf(header.text(tags.sourceRpm), evr),
      supplier: header.text(tags.vendor) ?? header.text(tags.packager),
      licenses: license ? [license] : undefined,
      // Of the package's header and payload. SHA256HEADER is that of the header alone, by which no package can be held against a record.
      hashes: md5?.length === 16 ? { md5: md5.toString('hex') } : undefined,
      qualifiers: modularityLabel ? { modularitylabel: modularityLabel } : undefined,
    },
  };
  yield { kind: 'owns', type: 'rpm', name, paths: pathsOf(header) };
}

/** Folders and names apart, with the folder's index of each name; rpm before 4 wrote whole paths. */
function* pathsOf(header: RpmHeader): Generator<string> {
  for (const path of header.strings(tags.oldFileNames)) yield decodeName(path).replace(/^\//, '');
  const folders = [...header.strings(tags.dirNames)];
  const indexes = header.numbers(tags.dirIndexes);
  // Sound headers are longer than the paths of their files. A made-up one may give a folder of 4 KB to each name of a byte.
  let left = 4 * header.bytes;
  for (const name of header.strings(tags.baseNames)) {
    const folder = folders[indexes.next().value ?? folders.length];
    if (folder === undefined) return;
    const length = folder.length + name.length;
    left -= length;
    if (left < 0) return;
    if (length <= maxPathBytes) yield decodeName(Buffer.concat([folder, name])).replace(/^\//, '');
  }
}
