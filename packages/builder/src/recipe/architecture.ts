import type { Platform } from '@lading/oci';

// Debian's names on the left, the OCI's on the right; byte order of the instruction sets and ABIs agree.
const platforms: Readonly<Record<string, Platform>> = {
  amd64: { os: 'linux', architecture: 'amd64' },
  arm64: { os: 'linux', architecture: 'arm64' },
  armel: { os: 'linux', architecture: 'arm', variant: 'v5' },
  armhf: { os: 'linux', architecture: 'arm', variant: 'v7' },
  i386: { os: 'linux', architecture: '386' },
  loong64: { os: 'linux', architecture: 'loong64' },
  mips64el: { os: 'linux', architecture: 'mips64le' },
  ppc64el: { os: 'linux', architecture: 'ppc64le' },
  riscv64: { os: 'linux', architecture: 'riscv64' },
  s390x: { os: 'linux', architecture: 's390x' },
};

const hosts: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm: 'armhf',
  ia32: 'i386',
  ppc64: 'ppc64el',
};

export function isDebianArchitecture(text: string): boolean {
  return Object.hasOwn(platforms, text);
}

/** The platform that a Debian architecture is in an image's config. */
export function platformOfDebian(architecture: string): Platform {
  return platforms[architecture] ?? { os: 'linux', architecture };
}

/** Debian's name of this machine's architecture. */
export function hostArchitecture(): string {
  return hosts[process.arch] ?? process.arch;
}
