import type { Distribution, ImagePackage } from '@lading/facts';

/**
 * Whether a package of a distribution's package manager is the distribution's own. Others install packages of the same names there (nginx,
 * nodejs, postgresql), with versions that the distribution's advisories know nothing of. Evidence is needed to call a package somebody
 * else's, so that nothing of the distribution is passed over:
 *
 * - Debian: the revision has a word that Debian puts into none (`1nodesource1`, `1.pgdg120+1`, `1~bookworm`, `0ubuntu1`), or the maintainer
 *   is one of the vendors whose revisions look like Debian's.
 * - Ubuntu: the maintainer, which its builds set to Ubuntu's developers, is somebody else.
 * - rpm: the vendor, which build systems set, is known and another.
 * - Alpine and its like: records name nobody. A package counts as the distribution's.
 */
export function isOwnPackage({ type, version, source, supplier }: ImagePackage, { id }: Distribution): boolean {
  if (type === 'rpm') return supplier === undefined || supplier === '' || (vendors[id]?.test(supplier) ?? true);
  if (type !== 'deb') return true;
  if (id === 'ubuntu') return supplier === undefined || /@(?:lists\.)?(?:ubuntu|canonical)\.com\b/.test(supplier);
  return !hasForeignRevision(source?.version ?? version) && !isForeignMaintainer(supplier ?? '');
}

/** Words in revisions of Debian's packages. Gathered from the archive's advisories and indexes of releases 11 to 13. */
const debianWords = new Set(
  `deb etch lenny sarge woody potato squeeze wheezy jessie volatile nmu bpo exp experimental sid lts dfsg ds repack repacked really
  git svn hg bzr cvs alpha beta rc pre stage build bootstrap nocelt
  ports hurd loong powerpc ppc riscv sparc qemu`.split(/\s+/),
);

function hasForeignRevision(version: string): boolean {
  const dash = version.lastIndexOf('-');
  const words =
    dash < 0
      ? []
      : (version
          .slice(dash + 1)
          .toLowerCase()
          .match(/[a-z]{3,}/g) ?? []);
  return words.some((word) => !debianWords.has(word) && !/^[0-9a-f]+$/.test(word));
}

const foreignMaintainers =
  /@(?:[\w.-]+\.)?(?:docker|nginx|f5|nodesource|hashicorp|microsoft|nvidia|elastic|grafana|gitlab|mongodb|mysql|percona|mariadb|redis|influxdata|datadoghq|cloudflare|confluent|rabbitmq|broadcom|vmware|oracle|amazon|azul|adoptium|zabbix|puppet|tailscale|yarnpkg|packagecloud)\.(?:com|org|io|co|net)\b|^(?:GitHub|NodeSource|Datadog|Yarn Developers)\b/i;

/** Few maintain many packages. */
const maintainers = new Map<string, boolean>();

function isForeignMaintainer(supplier: string): boolean {
  const known = maintainers.get(supplier);
  if (known !== undefined) return known;
  const isForeign = foreignMaintainers.test(supplier);
  if (maintainers.size > 10_000) maintainers.clear();
  maintainers.set(supplier, isForeign);
  return isForeign;
}

/** By the ID of os-release(5). */
const vendors: Readonly<Record<string, RegExp>> = {
  almalinux: /alma/i,
  rocky: /rocky/i,
  rhel: /red ?hat/i,
  'opensuse-leap': /suse/i,
  mageia: /mageia/i,
  photon: /vmware|broadcom/i,
  azurelinux: /microsoft/i,
};
