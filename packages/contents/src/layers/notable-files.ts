import type { NotableFile } from '@lading/facts';
import type { TarHeader } from '@lading/tar';

const shells = /^(?:usr\/)?(?:local\/)?s?bin\/(?:sh|bash|dash|ash|zsh|ksh|mksh|csh|tcsh|fish|busybox)$/;
const sudo = /^(?:usr\/)?(?:local\/)?s?bin\/(?:sudo|doas)$/;
const packageManagers =
  /^(?:usr\/)?s?bin\/(?:apt|apt-get|dpkg|apk|rpm|dnf|dnf5|dnf-3|microdnf|yum|tdnf|zypper|pacman|opkg)$/;
const keyFile = /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk)|ssh_host_[a-z0-9]+_key)$/;
const authorizedKeys = /(?:^|\/)\.ssh\/authorized_keys2?$/;
const packageCaches = [
  /^var\/cache\/apt\/(?:archives\/[^/]+\.deb|(?:src)?pkgcache\.bin)$/,
  /^var\/lib\/apt\/lists\/(?!lock$)[^/]+$/,
  /^var\/cache\/(?:apk|dnf|libdnf5|yum|zypp|pacman\/pkg)\/.+/,
  /^etc\/apk\/cache\/.+/,
  /^(?:root|home\/[^/]+)\/\.cache\/(?:pip|pip-tools|uv|poetry|yarn|go-build|composer)\/.+/,
  /^(?:root|home\/[^/]+)\/(?:\.npm\/_cacache|\.m2\/repository|\.gradle\/caches|\.cargo\/registry|\.composer\/cache|\.nuget\/packages)\/.+/,
  /^usr\/local\/share\/\.cache\/yarn\/.+/,
];

/** What there is to know of a file from its header: rights that it gives, and what its path says that it is. */
export function notableKindsOf(header: TarHeader): readonly NotableFile['kind'][] {
  const { path, mode, type } = header;
  const kinds: NotableFile['kind'][] = [];
  if (type === 'character' || type === 'block') kinds.push('device');
  if (type === 'directory') {
    // Where the sticky bit is set, as in /tmp, nobody can replace what is another's.
    if ((mode & 0o1002) === 0o0002) kinds.push('world-writable');
    return kinds;
  }
  if (type === 'file') {
    if ((mode & 0o4000) !== 0) kinds.push('setuid');
    // Without the right to execute it means locking, not rights.
    if ((mode & 0o2010) === 0o2010) kinds.push('setgid');
    if ((mode & 0o0002) !== 0) kinds.push('world-writable');
    if (header.xattrs?.has('security.capability')) kinds.push('capability');
    if (keyFile.test(path)) kinds.push('ssh-key');
    if (authorizedKeys.test(path)) kinds.push('authorized-keys');
    if (packageCaches.some((cache) => cache.test(path))) kinds.push('package-cache');
  }
  // Also as links to the program that they are a name of.
  if (path.includes('bin/')) {
    if (shells.test(path)) kinds.push('shell');
    if (sudo.test(path)) kinds.push('sudo');
    if (packageManagers.test(path)) kinds.push('package-manager');
  }
  return kinds;
}
