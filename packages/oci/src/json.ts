/**
 * The one writer of everything Lading creates: UTF-8 JSON without white space, members in the order of the value, absent
 * (`undefined`) members left out. Equal values built in the same order give equal bytes. Members whose names are array indexes
 * (`"0"`) come first, as JavaScript orders them. Only for new content: what a digest covers is never re-encoded.
 */
export function encodeJson(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
