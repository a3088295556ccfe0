import type { Distribution } from '@lading/facts';

/** The files by which distributions told their release before there was os-release(5), and what each says. */
const readers: Readonly<Record<string, (text: string) => Distribution | undefined>> = {
  'etc/debian_version': debianVersion,
  'etc/alpine-release': alpineRelease,
  'etc/redhat-release': redHatRelease,
  'etc/centos-release': redHatRelease,
};

/** Of the line that such a file has. */
const maxLength = 200;

export const olderReleasePaths: readonly string[] = Object.keys(readers);

/** The release that one of these files names; undefined for a text that is not as its distribution writes it. */
export function parseOlderRelease(path: string, text: string): Distribution | undefined {
  const line = text.trim();
  return line.length > maxLength ? undefined : readers[path]?.(line);
}

/** `12.5`, or `trixie/sid` before a release. Ubuntu has the latter with the name of the Debian it began from: it says nothing of Ubuntu. */
function debianVersion(text: string): Distribution | undefined {
  const [, major] = /^(\d+)(?:\.\d+)*$/.exec(text) ?? [];
  if (major !== undefined) return { id: 'debian', versionId: major };
  const [, codename] = /^([a-z]+)\/sid$/.exec(text) ?? [];
  return codename === undefined ? undefined : { id: 'debian', codename };
}

/** `3.18.4`, or `3.19_alpha20230901` of edge. */
function alpineRelease(text: string): Distribution | undefined {
  return /^\d+\.\d+[\w.]*$/.test(text) ? { id: 'alpine', versionId: text } : undefined;
}

const redHats: readonly (readonly [RegExp, string])[] = [
  [/^Red Hat Enterprise Linux/, 'rhel'],
  [/^CentOS/, 'centos'],
  [/^Rocky Linux/, 'rocky'],
  [/^AlmaLinux/, 'almalinux'],
  [/^Oracle Linux/, 'ol'],
  [/^Fedora/, 'fedora'],
];

/** `CentOS release 6.10 (Final)`. */
function redHatRelease(text: string): Distribution | undefined {
  const id = redHats.find(([start]) => start.test(text))?.[1];
  const [, versionId] = / release (\d+(?:\.\d+)*)/.exec(text) ?? [];
  return id === undefined ? undefined : { id, versionId, prettyName: text };
}
