import { isLadingError, LadingError } from '@lading/errors';
import { type Digest, parseDigest } from '../digest.ts';

/** A place in a document: `$.layers[2].digest`. */
export interface Place {
  readonly what: string;
  readonly path: string;
}

/** Turns an untyped value into a typed one, or throws MANIFEST_INVALID with its place. */
export type Check<T> = (value: unknown, place: Place) => T;

export interface Field<T> {
  readonly check: Check<T>;
  readonly required: boolean;
  /** What `null` stands for. Without it, `null` counts as absent, as it does for the Go programs that write it. */
  readonly whenNull?: T;
}

/** One entry for each known field of T. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };

export function required<T>(check: Check<T>, whenNull?: T): Field<T> {
  return whenNull === undefined ? { check, required: true } : { check, required: true, whenNull };
}

export function optional<T>(check: Check<T>): Field<T> {
  return { check, required: false };
}

export function rootOf(what: string): Place {
  return { what, path: '$' };
}

export function memberOf(place: Place, key: string): Place {
  const step = /^[A-Za-z_$][\w$]{0,63}$/.test(key) ? `.${key}` : `[${quote(key)}]`;
  return { what: place.what, path: place.path + step };
}

export function fault(place: Place, what: string, cause?: unknown): LadingError {
  return new LadingError('MANIFEST_INVALID', `Cannot parse ${place.what}: at ${place.path}: ${what}`, {
    details: { path: place.path },
    cause,
  });
}

/** A value for a message: short, on one line, control characters escaped. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const anObject: Check<JsonObject> = (value, place) => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrongType(place, 'an object', value);
  return value as JsonObject; // not null, not an array: JSON has no other objects
};

export const aString: Check<string> = (value, place) => {
  if (typeof value !== 'string') throw wrongType(place, 'a string', value);
  return value;
};

export const aBoolean: Check<boolean> = (value, place) => {
  if (typeof value !== 'boolean') throw wrongType(place, 'true or false', value);
  return value;
};

export const aSize: Check<number> = (value, place) => {
  if (typeof value !== 'number') throw wrongType(place, 'a number of bytes', value);
  if (!Number.isSafeInteger(value) || value < 0)
    throw fault(place, `${value} is not a whole number from 0 to 2^53 - 1`);
  return value;
};

export const aDigest: Check<Digest> = (value, place) => {
  const text = aString(value, place);
  try {
    return parseDigest(text);
  } catch (error) {
    if (!isLadingError(error)) throw error;
    throw fault(place, error.message);
  }
};

/** `type/subtype` in printable characters, with optional parameters. RFC 6838 §4.2, without its limits on length. */
export const aMediaType: Check<string> = (value, place) => {
  const text = aString(value, place);
  if (!/^[!-.0-:<-~]+\/[!-.0-:<-~]+(?: ?;[ -~]*)?$/.test(text))
    throw fault(place, `${quote(text)} is not a media type`);
  return text;
};

export const base64: Check<string> = (value, place) => {
  const text = aString(value, place);
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw fault(place, 'it is not base64');
  return text;
};

export function exactly<const T extends string | number>(wanted: T): Check<T> {
  return (value, place) => {
    if (value !== wanted) throw fault(place, `it must be ${JSON.stringify(wanted)}, not ${describe(value)}`);
    return wanted;
  };
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw wrongType(place, 'an array', value);
    return value.map((item: unknown, at) => check(item, { what: place.what, path: `${place.path}[${at}]` }));
  };
}

export function recordOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, place) =>
    // fromEntries() defines members, so a member named __proto__ is only a member.
    Object.fromEntries(
      Object.entries(anObject(value, place)).map(([key, item]) => [key, check(item, memberOf(place, key))]),
    );
}

/** An object whose known fields are checked; all others stay on the result as they are, in the same order. */
export function shapeOf<T extends object>(fields: Fields<T>): Check<T> {
  const known = new Map<string, Field<unknown>>(Object.entries(fields));
  return (value, place) => {
    const object = anObject(value, place);
    for (const [key, field] of known) {
      const absent = !Object.hasOwn(object, key) || (object[key] === null && field.whenNull === undefined);
      if (field.required && absent) throw fault(memberOf(place, key), 'it is missing');
    }
    const members = Object.entries(object).flatMap(([key, item]) => {
      const field = known.get(key);
      if (field === undefined) return [[key, item]];
      if (item === null) return field.whenNull === undefined ? [] : [[key, field.whenNull]];
      return [[key, field.check(item, memberOf(place, key))]];
    });
    // `fields` has a checked entry for each field of T, and the required ones are there.
    return Object.fromEntries(members) as T;
  };
}

function wrongType(place: Place, wanted: string, value: unknown): LadingError {
  return fault(place, `it must be ${wanted}, not ${describe(value)}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value !== null && typeof value === 'object') return 'an object';
  return typeof value === 'string' ? quote(value) : String(value);
}
