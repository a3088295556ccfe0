import type { FoundPackage } from '@lading/facts';
import { asObject, asText, asWord, type JsonObject } from '../record-file.ts';

/** What a part of a framework is called where an application brings the framework along. */
const RUNTIME_PACK = 'runtimepack.';

/**
 * The packages that a `deps.json` says an application, or a shared framework, runs with, and as `main` the projects that it was made from.
 * Packages that give the runtime target nothing (used only to compile, or part of the framework) are not in the image.
 * Source: .NET, "Runtime configuration file specification", `libraries`, `targets` and `runtimeTarget`.
 */
export function* packagesOf(record: JsonObject): Iterable<Omit<FoundPackage, 'cataloger' | 'location'>> {
  const target = asText(asObject(record.runtimeTarget)?.name) ?? '';
  const assets = asObject(asObject(record.targets)?.[target]);
  for (const [key, value] of Object.entries(asObject(record.libraries) ?? {})) {
    const library = asObject(value) ?? {};
    const type = asText(library.type)?.toLowerCase();
    const slash = key.lastIndexOf('/');
    const name = asWord(nameOf(key.slice(0, Math.max(0, slash)), type));
    const version = asWord(key.slice(slash + 1));
    if (name === undefined || version === undefined || !isUsed(asObject(assets?.[key]))) continue;
    const sha512 = hexOf(asText(library.sha512));
    yield {
      type: 'nuget',
      name,
      version,
      ...(type === 'project' ? { role: 'main' } : {}),
      ...(sha512 === undefined ? {} : { hashes: { sha512 } }),
    };
  }
}

function nameOf(name: string, type: string | undefined): string | undefined {
  if (type === 'package' || type === 'project') return name;
  return type === 'runtimepack' && name.startsWith(RUNTIME_PACK) ? name.slice(RUNTIME_PACK.length) : undefined;
}

/** Of a package that the target does not mention nobody knows. */
function isUsed(assets: JsonObject | undefined): boolean {
  if (assets === undefined) return true;
  return ['runtime', 'runtimeTargets', 'native', 'resources'].some(
    (kind) => Object.keys(asObject(assets[kind]) ?? {}).length > 0,
  );
}

/** `sha512-` and base64 → hexadecimal. */
function hexOf(integrity: string | undefined): string | undefined {
  if (integrity?.startsWith('sha512-') !== true || integrity.length !== 'sha512-'.length + 88) return undefined;
  return Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
}
