import { archiveInvalid } from './archive-invalid.ts';

/** An entry of `manifest.json` in a docker-archive. Docker image spec v1.2 §combined-image-json-and-filesystem-changeset-format. */
export interface DockerArchiveEntry {
  /** The member with the image's config. */
  readonly Config: string;
  readonly RepoTags: readonly string[];
  /** The members with the layers, from the lowest up. */
  readonly Layers: readonly string[];
}

/** Reads `manifest.json`. Throws ARCHIVE_INVALID, which names the JSON path. */
export function parseDockerManifestJson(bytes: Uint8Array, path: string): DockerArchiveEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw archiveInvalid(path, 'manifest.json is not JSON', cause);
  }
  if (!Array.isArray(value)) throw archiveInvalid(path, 'manifest.json is not a list at $');
  return value.map((entry: unknown, at) => {
    const place = `$[${at}]`;
    if (typeof entry !== 'object' || entry === null)
      throw archiveInvalid(path, `manifest.json has no object at ${place}`);
    const { Config, RepoTags, Layers } = entry as Record<string, unknown>;
    if (typeof Config !== 'string' || Config === '') {
      throw archiveInvalid(path, `manifest.json names no config at ${place}.Config`);
    }
    return {
      Config,
      RepoTags: strings(RepoTags, `${place}.RepoTags`, path),
      Layers: strings(Layers, `${place}.Layers`, path),
    };
  });
}

function strings(value: unknown, place: string, path: string): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw archiveInvalid(path, `manifest.json has no list of strings at ${place}`);
}
