import { LadingError } from '@lading/errors';
import { csvFields } from './internal/csv-fields.ts';
import { present } from './internal/present.ts';
import { didYouMean } from './internal/suggest.ts';

export type MountType = 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
export type MountSharing = 'shared' | 'private' | 'locked';

/** One `RUN --mount` (Dockerfile reference §run---mount). Defaults that depend on the build (id, target of a secret) are not filled in. */
export interface Mount {
  /** What was written behind `--mount=`. */
  readonly text: string;
  readonly type: MountType;
  /** A stage by name or index, a named context, or an image. */
  readonly from?: string;
  readonly source?: string;
  readonly target?: string;
  readonly readOnly: boolean;
  /** Of a tmpfs. */
  readonly sizeBytes?: number;
  /** Of a cache, secret or ssh mount. */
  readonly id?: string;
  readonly sharing?: MountSharing;
  readonly required: boolean;
  /** Of a secret: the variable that holds it; empty means the default name. */
  readonly env?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

const types: readonly MountType[] = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
const sharings: readonly MountSharing[] = ['shared', 'private', 'locked'];
/** Every key with the one name that it goes by here. */
const keys: Readonly<Record<string, string>> = {
  type: 'type',
  from: 'from',
  source: 'source',
  src: 'source',
  target: 'target',
  dst: 'target',
  destination: 'target',
  readonly: 'readonly',
  ro: 'readonly',
  readwrite: 'readwrite',
  rw: 'readwrite',
  id: 'id',
  sharing: 'sharing',
  required: 'required',
  size: 'size',
  mode: 'mode',
  uid: 'uid',
  gid: 'gid',
  env: 'env',
};
const flagKeys = new Set(['readonly', 'readwrite', 'required']);

/**
 * Reads what stands behind `--mount=`. With `expandValue`, variables are put into every value but that of `from`, and the
 * result is complete. Without it, a number, a choice or a truth value that holds a `$` is left out and checks that depend on it
 * are not made. Throws DOCKERFILE_INVALID.
 */
export function parseMount(text: string, expandValue?: (value: string) => string): Mount {
  const values = readValues(text, expandValue);
  // what is still a variable is left out, except where any text will do
  const known = (key: string): string | undefined =>
    values.get(key)?.includes('$') && !expandValue ? undefined : values.get(key);
  const type = choice('type', known('type'), types) ?? 'bind';
  const complete = expandValue !== undefined || !(values.get('type') ?? '').includes('$');
  const sharing = choice('sharing', known('sharing'), sharings);
  const readOnly = truth('readonly', known('readonly'));
  const readWrite = truth('readwrite', known('readwrite'));
  const mount: Mount = {
    text,
    type,
    readOnly: readOnly ?? (readWrite === undefined ? type !== 'cache' && type !== 'tmpfs' : !readWrite),
    required: truth('required', known('required')) ?? false,
    ...present({
      from: values.get('from'),
      source: values.get('source'),
      target: values.get('target'),
      sizeBytes: size(known('size')),
      id: values.get('id'),
      sharing,
      env: values.get('env'),
      mode: integer('mode', known('mode'), 8),
      uid: integer('uid', known('uid'), 10),
      gid: integer('gid', known('gid'), 10),
    }),
  };
  if (complete) check(mount, values);
  return mount;
}

function invalid(message: string, hint?: string): LadingError {
  return new LadingError('DOCKERFILE_INVALID', message, { hint });
}

function readValues(text: string, expandValue: ((value: string) => string) | undefined): Map<string, string> {
  const values = new Map<string, string>();
  const fields = csvFields(text);
  if (fields === undefined)
    throw invalid('--mount has a quote that does not close', 'Put a whole field in double quotes.');
  for (const field of fields) {
    const equals = field.indexOf('=');
    const written = (equals === -1 ? field : field.slice(0, equals)).toLowerCase();
    const key = Object.hasOwn(keys, written) ? keys[written] : undefined;
    if (key === undefined) {
      throw invalid(
        `--mount has no key ${JSON.stringify(written)}`,
        didYouMean(written, Object.keys(keys)) ?? `Known are ${Object.keys(keys).join(', ')}.`,
      );
    }
    if (equals === -1 && !flagKeys.has(key))
      throw invalid(`the key ${written} of --mount needs a value`, `Write ${written}=….`);
    const value = equals === -1 ? 'true' : field.slice(equals + 1);
    if (key === 'from') {
      const dollar = value.indexOf('$');
      if (dollar !== -1 && dollar !== value.length - 1) {
        throw invalid(
          'the key from of --mount takes no variables',
          'Name a stage with FROM … AS name and use that name.',
        );
      }
    }
    values.set(key, key === 'from' || expandValue === undefined ? value : expandValue(value));
    // the last of readonly and readwrite counts
    if (key === 'readonly') values.delete('readwrite');
    if (key === 'readwrite') values.delete('readonly');
  }
  return values;
}

function check(mount: Mount, values: ReadonlyMap<string, string>): void {
  const { type } = mount;
  const only = (key: string, ...allowed: readonly MountType[]): void => {
    if (values.has(key) && !allowed.includes(type)) {
      throw invalid(`the key ${key} of --mount does not go with type ${type}`, `It is for ${allowed.join(', ')}.`);
    }
  };
  only('size', 'tmpfs');
  only('required', 'secret', 'ssh');
  only('sharing', 'cache');
  for (const key of ['mode', 'uid', 'gid']) only(key, 'cache', 'secret', 'ssh');
  if (type !== 'secret') return;
  if (mount.from !== undefined) throw invalid('a secret mount takes no from', 'Secrets come from the command line.');
  if (!values.has('source') && !values.has('target') && !values.has('id')) {
    throw invalid('a secret mount names no secret', 'Give it id=… or target=….');
  }
  if (values.has('source') && values.has('id')) throw invalid('a secret mount has both source and id', 'Keep id=….');
}

function choice<T extends string>(key: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value.toLowerCase());
  if (found !== undefined) return found;
  throw invalid(
    `the ${key} of --mount cannot be ${JSON.stringify(value)}`,
    didYouMean(value, allowed) ?? `It is one of ${allowed.join(', ')}.`,
  );
}

/** The spellings that Go's strconv.ParseBool takes. */
function truth(key: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw invalid(`the ${key} of --mount is true or false, not ${JSON.stringify(value)}`);
}

function integer(key: string, value: string | undefined, radix: 8 | 10): number | undefined {
  if (value === undefined) return undefined;
  const number = (radix === 8 ? /^[0-7]{1,12}$/ : /^[0-9]{1,10}$/).test(value)
    ? Number.parseInt(value, radix)
    : Number.NaN;
  if (number <= 0xffffffff) return number;
  throw invalid(
    `the ${key} of --mount is ${radix === 8 ? 'an octal number' : 'a number'}, not ${JSON.stringify(value)}`,
    radix === 8 ? 'For example mode=0400.' : undefined,
  );
}

const units = 'kmgtp';

function size(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const match = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmgtp])?i?b?$/i.exec(value);
  const power = match?.[2] === undefined ? 0 : units.indexOf(match[2].toLowerCase()) + 1;
  const bytes = Math.trunc(Number(match?.[1]) * 1024 ** power);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw invalid(`the size of --mount cannot be ${JSON.stringify(value)}`, 'For example size=64m.');
}
