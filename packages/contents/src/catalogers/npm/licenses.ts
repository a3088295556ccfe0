import { asObject, asText, type JsonObject } from '../record-file.ts';

/**
 * The licenses that a `package.json` names, in every shape that npm ever took: `license` as a text or as `{ type, url }`, and the older
 * `licenses`, a list of either.
 */
export function licensesOf(record: JsonObject): string[] {
  const named = [record.license, record.licenses].flatMap((value) =>
    Array.isArray(value) ? value.slice(0, 100) : [value],
  );
  const texts = named.map((value) => asText(value) ?? asText(asObject(value)?.type) ?? asText(asObject(value)?.name));
  return [...new Set(texts.filter((text) => text !== undefined))];
}
