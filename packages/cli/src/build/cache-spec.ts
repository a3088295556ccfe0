import { csvFields } from '@lading/dockerfile';
import { LadingError, nearest } from '@lading/errors';
import { parseReference, type Reference } from '@lading/oci';

/** Where a build cache is, or is to go: one `--cache-from` or `--cache-to`. */
export type CacheSpec =
  | { readonly type: 'registry'; readonly reference: Reference; readonly options: CacheExportOptions }
  /** An OCI layout. */
  | { readonly type: 'local'; readonly path: string; readonly tag: string; readonly options: CacheExportOptions }
  /** On the image itself. */
  | { readonly type: 'inline' };

export interface CacheExportOptions {
  /** `min`: steps whose layers are in the image; `max`: all. */
  readonly mode: 'min' | 'max';
  /** A cache that cannot be written does not fail the build. */
  readonly ignoreError: boolean;
}

type Direction = '--cache-from' | '--cache-to';

const attributesOf: Readonly<Record<Direction, Readonly<Record<CacheSpec['type'], readonly string[]>>>> = {
  '--cache-from': { registry: ['ref'], local: ['src', 'tag'], inline: [] },
  '--cache-to': {
    registry: ['ref', 'mode', 'ignore-error'],
    local: ['dest', 'tag', 'mode', 'ignore-error'],
    inline: [],
  },
};
/** As people of other builders write it. */
const types: Readonly<Record<string, CacheSpec['type']>> = {
  registry: 'registry',
  local: 'local',
  'oci-layout': 'local',
  inline: 'inline',
};

/**
 * Reads `type=registry,ref=registry.example.org/app:cache,mode=max`, as buildx has it: CSV of attributes. A name alone is a registry's.
 * Throws USAGE, REFERENCE_INVALID.
 */
export function parseCacheSpec(text: string, option: Direction): CacheSpec {
  const fields = csvFields(text);
  if (fields === undefined || text === '') throw invalid(text, option, 'its quotes do not close');
  if (fields.length === 1 && !text.includes('=')) return registrySpec(text, defaults);
  const written = new Map<string, string>();
  for (const field of fields) {
    const equals = field.indexOf('=');
    if (equals < 1) throw invalid(text, option, `"${field}" is not of the form NAME=VALUE`);
    written.set(field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim());
  }
  const name = written.get('type') ?? '';
  const type = types[name];
  if (type === undefined || (type === 'inline' && option === '--cache-from')) {
    const why = name === '' ? 'it has no type' : `there is no type "${name}"`;
    throw invalid(text, option, why, Object.keys(attributesOf[option]));
  }
  const allowed = attributesOf[option][type];
  for (const attribute of written.keys()) {
    if (attribute === 'type' || allowed.includes(attribute)) continue;
    const meant = nearest(attribute, allowed);
    throw invalid(text, option, `${type} has no attribute "${attribute}"`, meant === undefined ? allowed : [meant]);
  }
  return specOf(type, written, text, option);
}

const defaults: CacheExportOptions = { mode: 'min', ignoreError: false };

function specOf(type: CacheSpec['type'], written: Map<string, string>, text: string, option: Direction): CacheSpec {
  if (type === 'inline') return { type };
  const mode = written.get('mode') ?? 'min';
  if (mode !== 'min' && mode !== 'max') throw invalid(text, option, `mode is ${mode}`, ['min', 'max']);
  const options = { mode, ignoreError: written.get('ignore-error') === 'true' } as const;
  const place = option === '--cache-from' ? 'src' : 'dest';
  const wanted = type === 'registry' ? 'ref' : place;
  const value = written.get(wanted);
  if (value === undefined || value === '') throw invalid(text, option, `it says not where: add ${wanted}=…`);
  if (type === 'registry') return registrySpec(value, options);
  return { type, path: value, tag: written.get('tag') || 'latest', options };
}

function registrySpec(name: string, options: CacheExportOptions): CacheSpec {
  return { type: 'registry', reference: parseReference(name), options };
}

function invalid(text: string, option: Direction, why: string, known: readonly string[] = []): LadingError {
  return new LadingError('USAGE', `Cannot use ${option} ${text}: ${why}`, {
    hint:
      known.length === 0
        ? 'It is of the form type=registry,ref=registry.example.org/app:cache.'
        : `There is ${known.join(', ')}.`,
  });
}
