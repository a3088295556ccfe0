import type { Platform } from '@lading/oci';
import type { Recipe } from './recipe.ts';

type Distro = Recipe['distro'];

interface Architecture {
  readonly platform: Platform;
  /** What the distributions call it, where they have it. */
  readonly debian?: string;
  readonly alpine?: string;
}

const linux = (architecture: string, variant?: string): Platform => ({
  os: 'linux',
  architecture,
  ...(variant === undefined ? {} : { variant }),
});

// Byte order of the instruction sets and ABIs agree. Debian's armhf is not Alpine's.
const architectures: readonly Architecture[] = [
  { platform: linux('amd64'), debian: 'amd64', alpine: 'x86_64' },
  { platform: linux('arm64'), debian: 'arm64', alpine: 'aarch64' },
  { platform: linux('arm', 'v5'), debian: 'armel' },
  { platform: linux('arm', 'v6'), alpine: 'armhf' },
  { platform: linux('arm', 'v7'), debian: 'armhf', alpine: 'armv7' },
  { platform: linux('386'), debian: 'i386', alpine: 'x86' },
  { platform: linux('loong64'), debian: 'loong64', alpine: 'loongarch64' },
  { platform: linux('mips64le'), debian: 'mips64el' },
  { platform: linux('ppc64le'), debian: 'ppc64el', alpine: 'ppc64le' },
  { platform: linux('riscv64'), debian: 'riscv64', alpine: 'riscv64' },
  { platform: linux('s390x'), debian: 's390x', alpine: 's390x' },
];

/** What a distribution calls an architecture that is written in its words, or as platforms are (`arm64`, `arm/v7`). */
export function architectureOf(distro: Distro, text: string): string | undefined {
  const own = architectures.find((one) => one[distro] === text);
  const meant = own ?? architectures.find((one) => nameOf(one.platform) === text);
  return meant?.[distro];
}

/** What a distribution calls the architecture of a platform; undefined when it has none for it. */
export function architectureFor(distro: Distro, platform: Platform): string | undefined {
  const { architecture, variant } = platform;
  const full = architecture === 'arm' && variant === undefined ? 'arm/v7' : nameOf(platform);
  const found = architectures.find((one) => nameOf(one.platform) === full);
  return (found ?? architectures.find((one) => nameOf(one.platform) === architecture))?.[distro];
}

/** The platform that a distribution's architecture is in an image's config. */
export function platformOf(distro: Distro, architecture: string): Platform {
  return architectures.find((one) => one[distro] === architecture)?.platform ?? linux(architecture);
}

/** A distribution's names of all architectures that it has. */
export function architecturesOf(distro: Distro): readonly string[] {
  return architectures.flatMap((one) => one[distro] ?? []);
}

/** What a distribution calls this machine's architecture. */
export function hostArchitecture(distro: Distro): string {
  const hosts: Readonly<Record<string, string>> = { x64: 'amd64', arm: 'arm/v7', ia32: '386', ppc64: 'ppc64le' };
  return architectureOf(distro, hosts[process.arch] ?? process.arch) ?? process.arch;
}

function nameOf({ architecture, variant }: Platform): string {
  return variant === undefined ? architecture : `${architecture}/${variant}`;
}
