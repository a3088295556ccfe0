import { readCycloneDx } from './cyclonedx/read-cyclonedx.ts';
import type { ReadSbom } from './facts-of.ts';
import { type JsonObject, objectOf, parseJson, sbomInvalid, textOf } from './json.ts';
import { readSpdx } from './spdx/read-spdx.ts';

/**
 * Reads an SBOM of any tool: CycloneDX or SPDX as JSON, also as the predicate of an in-toto statement, bare or in a DSSE envelope. The
 * signature of an envelope is not looked at. Throws SBOM_INVALID.
 */
export function readSbom(bytes: Uint8Array): ReadSbom {
  return readDocument(parseJson(bytes), 0);
}

function readDocument(document: JsonObject, depth: number): ReadSbom {
  if (document.bomFormat === 'CycloneDX') return readCycloneDx(document);
  if (textOf(document.spdxVersion) !== undefined) return readSpdx(document);
  const payload = textOf(document.payload);
  const predicate = objectOf(document.predicate);
  if (depth < 3 && payload !== undefined && textOf(document.payloadType) !== undefined)
    return readDocument(parseJson(Buffer.from(payload, 'base64')), depth + 1);
  // cosign wraps a predicate once more, as Data.
  if (depth < 3 && predicate !== undefined && textOf(document._type) !== undefined)
    return readDocument(objectOf(predicate.Data) ?? predicate, depth + 1);
  throw sbomInvalid('it is neither CycloneDX nor SPDX');
}
