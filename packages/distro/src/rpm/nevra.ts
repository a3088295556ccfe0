import { compareText } from '../internal/numeral.ts';
import { compareRpmVersions } from './version.ts';

/** How rpm names a package: name, epoch, version, release, architecture. Parts that the text lacks are empty. */
export interface Nevra {
  readonly name: string;
  /** Decimal digits, or empty, which means 0. */
  readonly epoch: string;
  readonly version: string;
  readonly release: string;
  /** `src` and `nosrc` for source packages. */
  readonly architecture: string;
}

const architectures = [
  ...['noarch', 'src', 'nosrc', 'x86_64(?:_v[234])?', 'amd64', 'ia32e', 'i[3-6]86', 'athlon', 'ia64', 'aarch64'],
  ...['arm(?:v[3-8]\\w*)?', 'ppc\\w*', 's390x?', 'riscv\\w*', 'loongarch\\w*', 'mips\\w*', 'sparc\\w*', 'alpha\\w*'],
];
// A release may have dots too, so that what follows the last one is an architecture only if it is known as one. rpm, `rpmrc`.
const architecture = new RegExp(`\\.(${architectures.join('|')})$`);

/** Reads `name-epoch:version-release.architecture`, where everything but the version may be missing, and a trailing `.rpm`. */
export function parseNevra(text: string): Nevra {
  const whole = text.endsWith('.rpm') ? text.slice(0, -'.rpm'.length) : text;
  const arch = architecture.exec(whole);
  const parts = (arch === null ? whole : whole.slice(0, arch.index)).split('-');
  const release = parts.length > 1 ? parts.pop() : undefined;
  const version = parts.pop() ?? '';
  const colon = version.indexOf(':');
  return {
    name: parts.join('-'),
    epoch: colon < 0 ? '' : version.slice(0, colon),
    version: version.slice(colon + 1),
    release: release ?? '',
    architecture: arch?.[1] ?? '',
  };
}

/** `epoch:version-release`, without what is empty. */
export function versionOfNevra({ epoch, version, release }: Nevra): string {
  return `${epoch === '' ? '' : `${epoch}:`}${version}${release === '' ? '' : `-${release}`}`;
}

/** By name, then version, then architecture; what lacks a part is before what has it. */
export function compareNevras(a: Nevra, b: Nevra): number {
  return (
    compareText(a.name, b.name) ||
    compareRpmVersions(versionOfNevra(a), versionOfNevra(b)) ||
    compareText(a.architecture, b.architecture)
  );
}
