import { arch, endianness, platform as hostOs } from 'node:os';
import { aString, type Check, listOf, optional, required, shapeOf } from './internal/json-shape.ts';

/** OCI image-spec 1.1 §index, `platform`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
}

/** For the check of descriptors; not exported from the package. Empty strings occur in real indexes. */
export const platformCheck: Check<Platform> = shapeOf<Platform>({
  os: required(aString),
  architecture: required(aString),
  variant: optional(aString),
  'os.version': optional(aString),
  'os.features': optional(listOf(aString)),
});

/** Node's names of architectures → the specification's, which are Go's. */
const nodeArchitectures: ReadonlyMap<string, string> = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
  ['mipsel', 'mipsle'],
  ['ppc64', endianness() === 'LE' ? 'ppc64le' : 'ppc64'],
]);

/**
 * The platform of the images that this machine runs: its own architecture; `windows` on Windows, `linux` everywhere else, because
 * containers on other systems run in a Linux machine.
 */
export function hostPlatform(): Platform {
  const architecture = nodeArchitectures.get(arch()) ?? arch();
  return normalizePlatform({ os: hostOs() === 'win32' ? 'windows' : 'linux', architecture });
}

/**
 * The same platform in the one spelling that compares with `===`, by containerd's rules: lower case; `aarch64` → `arm64`, `x86_64` →
 * `amd64`, `i386` → `386`, `armhf` → `arm/v7`, `armel` → `arm/v6`, `macos` → `darwin`; what every machine of the architecture has
 * is left off (`arm64/v8`, `amd64/v1`), and `arm` alone is `arm/v7`. Features are sorted, each once. Nothing else stays on it.
 */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  const { architecture, variant } = normalizeArchitecture(
    platform.architecture.toLowerCase(),
    (platform.variant ?? '').toLowerCase(),
  );
  const version = platform['os.version'] ?? '';
  const features = [...new Set(platform['os.features'] ?? [])].sort();
  return {
    os: os === 'macos' ? 'darwin' : os,
    architecture,
    ...(variant === '' ? {} : { variant }),
    ...(version === '' ? {} : { 'os.version': version }),
    ...(features.length === 0 ? {} : { 'os.features': features }),
  };
}

function normalizeArchitecture(architecture: string, variant: string): { architecture: string; variant: string } {
  switch (architecture) {
    case 'i386':
      return { architecture: '386', variant: '' };
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return { architecture: 'amd64', variant: variant === 'v1' ? '' : variant };
    case 'aarch64':
    case 'arm64':
      return { architecture: 'arm64', variant: variant === '8' || variant === 'v8' ? '' : variant };
    case 'armhf':
      return { architecture: 'arm', variant: 'v7' };
    case 'armel':
      return { architecture: 'arm', variant: 'v6' };
    case 'arm':
      return { architecture, variant: variant === '' ? 'v7' : /^[5-8]$/.test(variant) ? `v${variant}` : variant };
    default:
      return { architecture, variant };
  }
}
