import { LadingError } from '@lading/errors';
import { hostPlatform, normalizePlatform, type Platform } from './platform.ts';

const knownSystems: ReadonlySet<string> = new Set(
  'aix android darwin dragonfly freebsd illumos ios linux macos netbsd openbsd plan9 solaris wasip1 windows'.split(' '),
);
const knownArchitectures: ReadonlySet<string> = new Set(
  '386 amd64 arm arm64 loong64 mips mipsle mips64 mips64le ppc64 ppc64le riscv64 s390x sparc64 wasm'.split(' '),
);

const systemPattern = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$/;
const partPattern = /^[A-Za-z0-9_.-]+$/;

/**
 * Reads `os/architecture[/variant]`, normalised. One part alone is a known system or a known architecture; this machine gives the other.
 * A version and features of the system stand in brackets, as containerd writes them: `windows(10.0.17763+win32k)/amd64`.
 * Throws PLATFORM_INVALID.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.length > 512 ? [] : text.split('/');
  if (parts.length < 1 || parts.length > 3) throw invalid(text, 'it must have one to three parts between slashes');
  const [first = '', second, third] = parts;
  const empty = parts.indexOf('');
  if (empty >= 0) throw invalid(text, text === '' ? 'it is empty' : `part ${empty + 1} is empty`);

  const system = systemPattern.exec(first);
  if (system === null) throw invalid(text, `${JSON.stringify(first)} is not the name of a system`);
  for (const part of [second, third]) {
    if (part !== undefined && !partPattern.test(part))
      throw invalid(text, `${JSON.stringify(part)} has other characters than letters, digits, "_", "." and "-"`);
  }
  const [, os = '', version = '', features = ''] = system;
  const options = {
    ...(version === '' ? {} : { 'os.version': decode(text, version) }),
    ...(features === ''
      ? {}
      : {
          'os.features': features
            .slice(1)
            .split('+')
            .map((feature) => decode(text, feature)),
        }),
  };
  if (second !== undefined) {
    return normalizePlatform({
      os,
      architecture: second,
      ...(third === undefined ? {} : { variant: third }),
      ...options,
    });
  }

  const host = hostPlatform();
  if (knownSystems.has(os.toLowerCase())) return normalizePlatform({ ...host, os, ...options });
  const guess = normalizePlatform({ os: host.os, architecture: first });
  if (knownArchitectures.has(guess.architecture)) return guess;
  throw invalid(text, 'it is neither a known system nor a known architecture');
}

/** `os/architecture[/variant]`, which `parsePlatform()` reads back. Version and features of the system are shown in brackets when there are any. */
export function formatPlatform(platform: Platform): string {
  if (platform.os === '') return 'unknown';
  const features = [...(platform['os.features'] ?? [])].sort().map((feature) => `+${encode(feature)}`);
  const options = encode(platform['os.version'] ?? '') + features.join('');
  const os = options === '' ? platform.os : `${platform.os}(${options})`;
  return [os, platform.architecture, platform.variant ?? ''].filter((part) => part !== '').join('/');
}

function encode(text: string): string {
  return text.replace(/[^A-Za-z0-9_.-]+/g, (run) =>
    [...Buffer.from(run)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function decode(text: string, option: string): string {
  try {
    return decodeURIComponent(option);
  } catch (cause) {
    throw invalid(text, `${JSON.stringify(option)} has a broken "%" sequence`, cause);
  }
}

function invalid(text: string, fault: string, cause?: unknown): LadingError {
  return new LadingError('PLATFORM_INVALID', `Cannot parse platform ${JSON.stringify(text.slice(0, 200))}: ${fault}`, {
    hint: 'A platform looks like linux/amd64 or linux/arm64/v8.',
    cause,
  });
}
