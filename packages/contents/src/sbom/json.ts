import { LadingError } from '@lading/errors';

/** What is read of JSON that others wrote: a value that is not of the wanted kind counts as absent. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf).filter((item) => item !== undefined) : [];
}

export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf).filter((item) => item !== undefined) : [];
}

/** Throws SBOM_INVALID. */
export function parseJson(bytes: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(
      Buffer.from(bytes)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
  } catch (cause) {
    throw sbomInvalid('it is not JSON', cause);
  }
  const object = objectOf(value);
  if (object === undefined) throw sbomInvalid('it is JSON, but no object');
  return object;
}

export function sbomInvalid(reason: string, cause?: unknown): LadingError {
  return new LadingError('SBOM_INVALID', `Cannot read an SBOM: ${reason}`, {
    hint: 'CycloneDX JSON 1.2 to 1.7, SPDX JSON 2.2 and 2.3, and in-toto statements of them are read.',
    cause,
  });
}

/** The bytes of a document: JSON as `encodeJson` of `@lading/oci` writes it, in which texts of an image that could steer the terminal of who looks at it are escaped. */
export function encodeDocument(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value).replace(/[\p{Cc}\p{Cf}]/gu, escapedUnits));
}

/** RFC 8259 §7: by UTF-16 units. */
function escapedUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
