import { csvFields } from '@lading/dockerfile';
import { LadingError, nearest } from '@lading/errors';

/** What kinds of results `--output` knows; `image` is the local store. */
export type OutputType = 'image' | 'oci' | 'docker' | 'local' | 'tar';

/** One `--output`, as it was written. */
export interface OutputSpec {
  readonly type: OutputType;
  /** A file or folder; `-` is stdout. Absent for images. */
  readonly dest: string | undefined;
  /** The other attributes, by name. */
  readonly attributes: ReadonlyMap<string, string>;
}

const types: Readonly<Record<string, OutputType | 'registry'>> = {
  image: 'image',
  registry: 'registry',
  oci: 'oci',
  docker: 'docker',
  local: 'local',
  tar: 'tar',
};
const ofImages = ['name', 'compression', 'compression-level', 'force-compression', 'oci-mediatypes', 'annotation.*'];
const attributesOf: Readonly<Record<OutputType, readonly string[]>> = {
  image: ['push', ...ofImages],
  oci: ofImages,
  docker: ofImages,
  local: [],
  tar: [],
};

/**
 * Reads `type=oci,dest=app.tar`, as buildx has it: CSV of attributes. A folder alone is `type=local`, `-` alone is `type=tar` on stdout,
 * `type=registry` is an image that is pushed, `type=docker` without a file the local store. Throws USAGE.
 */
export function parseOutput(text: string): OutputSpec {
  if (text === '-') return { type: 'tar', dest: '-', attributes: new Map() };
  const fields = csvFields(text);
  if (fields === undefined || text === '') throw invalid(text, 'its quotes do not close');
  if (fields.length === 1 && !text.includes('=')) return { type: 'local', dest: text, attributes: new Map() };
  const written = new Map<string, string>();
  for (const field of fields) {
    const equals = field.indexOf('=');
    if (equals < 1) throw invalid(text, `"${field}" is not of the form NAME=VALUE`);
    written.set(field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim());
  }
  return specOf(text, written);
}

function specOf(text: string, written: Map<string, string>): OutputSpec {
  const name = written.get('type');
  const known = name === undefined ? undefined : types[name];
  if (known === undefined) {
    throw invalid(text, name === undefined ? 'it has no type' : `there is no type "${name}"`, Object.keys(types));
  }
  const { type: _, dest, ...rest } = Object.fromEntries(written);
  const attributes = new Map(Object.entries(rest));
  if (known === 'registry') attributes.set('push', 'true');
  const asked = known === 'registry' ? 'image' : known;
  // Without a file there is no daemon to load it into here, but the local store.
  const type = asked === 'docker' && dest === undefined ? 'image' : asked;
  for (const attribute of attributes.keys()) {
    const allowed = attributesOf[type];
    if (allowed.includes(attribute) || (allowed.includes('annotation.*') && /^annotation\b/.test(attribute))) continue;
    const meant = nearest(attribute, [...allowed, 'type', 'dest']);
    throw invalid(text, `${type} has no attribute "${attribute}"`, meant === undefined ? allowed : [meant]);
  }
  if (type === 'image' && dest !== undefined) throw invalid(text, 'an image goes into the local store, not to a file');
  if (type === 'local' && dest === '-') throw invalid(text, 'files go into a folder, not to stdout');
  if (type === 'local' && dest === undefined) throw invalid(text, 'it names no folder: add dest=FOLDER');
  return { type, dest: type === 'image' ? undefined : (dest ?? '-'), attributes };
}

function invalid(text: string, why: string, known: readonly string[] = []): LadingError {
  return new LadingError('USAGE', `Cannot use --output ${text}: ${why}`, {
    hint: known.length === 0 ? 'It is of the form type=oci,dest=app.tar.' : `There is ${known.join(', ')}.`,
  });
}
