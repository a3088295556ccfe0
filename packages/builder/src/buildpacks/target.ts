import type { Image } from '@lading/image';

/** What an application is built for (platform API §target data). */
export interface Target {
  readonly os: string;
  readonly arch: string;
  readonly variant?: string | undefined;
  readonly distro?: Distro | undefined;
}

export interface Distro {
  readonly name: string;
  readonly version: string;
}

/** What a buildpack says it can build for; what is left out matches anything (buildpack API §targets). */
export interface SupportedTarget {
  readonly os?: string | undefined;
  readonly arch?: string | undefined;
  readonly variant?: string | undefined;
  readonly distros: readonly Partial<Distro>[];
}

/** Of a run image: its config and labels; the distribution from the text of /etc/os-release where no label names one. */
export function targetOf({ platform, config }: Pick<Image, 'platform' | 'config'>, osRelease = ''): Target {
  const labels = config.config?.Labels ?? {};
  const name = labels['io.buildpacks.base.distro.name'];
  const version = labels['io.buildpacks.base.distro.version'];
  const labelled = name !== undefined || version !== undefined;
  const distro = labelled ? { name: name ?? '', version: version ?? '' } : distroOf(osRelease);
  return { os: platform.os, arch: platform.architecture, variant: platform.variant, distro };
}

/** `ID` and `VERSION_ID` of an os-release file. */
export function distroOf(osRelease: string): Distro | undefined {
  const fieldOf = (key: string) =>
    new RegExp(`^${key}=(.*)$`, 'm').exec(osRelease)?.[1]?.replace(/^(["'])(.*)\1$/, '$2') ?? '';
  const distro = { name: fieldOf('ID'), version: fieldOf('VERSION_ID') };
  return distro.name === '' && distro.version === '' ? undefined : distro;
}

/** No list of targets takes everything. */
export function isSupported(target: Target, supported: readonly SupportedTarget[]): boolean {
  return supported.length === 0 || supported.some((one) => matches(target, one));
}

function matches(target: Target, { os, arch, variant, distros }: SupportedTarget): boolean {
  if (!agree(target.os, os) || !agree(target.arch, arch) || !agree(target.variant, variant)) return false;
  const { distro } = target;
  if (distros.length === 0) return true;
  return (
    distro !== undefined && distros.some((one) => agree(distro.name, one.name) && agree(distro.version, one.version))
  );
}

function agree(a: string | undefined, b: string | undefined): boolean {
  return !a || !b || a === b;
}

/** `CNB_TARGET_*` (buildpack API §targets). */
export function targetVariables({ os, arch, variant, distro }: Target): Readonly<Record<string, string>> {
  const all = {
    CNB_TARGET_OS: os,
    CNB_TARGET_ARCH: arch,
    CNB_TARGET_ARCH_VARIANT: variant,
    CNB_TARGET_DISTRO_NAME: distro?.name,
    CNB_TARGET_DISTRO_VERSION: distro?.version,
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

export function formatTarget({ os, arch, variant, distro }: Target): string {
  const platform = [os, arch, variant].filter(Boolean).join('/');
  return distro === undefined ? platform : `${platform} ${distro.name} ${distro.version}`.trimEnd();
}
