import { type Severity, severities } from '@lading/facts';
import type { AffectedRange } from '../advisory-database.ts';
import type { Vulnerable } from '../advisory-record.ts';
import { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

// The first byte: the urgency's number, 0 for none, and whether more follows.
const URGENCY = 0x07;
const WILL_NOT_FIX = 0x08;
const HAS_VERSIONS = 0x10;
const HAS_DETAILS = 0x20;

const OPEN = 0;
const FIXED = 1;
const LAST_AFFECTED = 2;

/** Writes which versions are affected. */
export function writeVulnerable(writer: ByteWriter, value: Vulnerable): void {
  const { ranges, versions, urgency, willNotFix, details = {} } = value;
  const entries = Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1));
  writer.byte(
    severityNumber(urgency) |
      (willNotFix === true ? WILL_NOT_FIX : 0) |
      (versions.length > 0 ? HAS_VERSIONS : 0) |
      (entries.length > 0 ? HAS_DETAILS : 0),
  );
  writer.varint(ranges.length);
  for (const { introduced, fixed, lastAffected } of ranges) {
    writer.text(introduced);
    writer.byte(fixed !== undefined ? FIXED : lastAffected !== undefined ? LAST_AFFECTED : OPEN);
    const end = fixed ?? lastAffected;
    if (end !== undefined) writer.text(end);
  }
  if (versions.length > 0) writer.texts(versions);
  if (entries.length > 0) writer.texts(entries.flat());
}

/** Reads it again. Throws ADVISORIES_DAMAGED. */
export function readVulnerable(bytes: Buffer, at: number): Vulnerable {
  const reader = new ByteReader(bytes, at);
  const flags = reader.byte();
  const ranges = Array.from({ length: reader.count() }, () => readRange(reader));
  const versions = (flags & HAS_VERSIONS) === 0 ? [] : reader.texts();
  const words = (flags & HAS_DETAILS) === 0 ? [] : reader.texts();
  const urgency = severityOf(flags & URGENCY);
  return {
    ranges,
    versions,
    ...(urgency === undefined ? {} : { urgency }),
    ...((flags & WILL_NOT_FIX) === 0 ? {} : { willNotFix: true }),
    ...(words.length === 0 ? {} : { details: pairs(words) }),
  };
}

function readRange(reader: ByteReader): AffectedRange {
  const introduced = reader.text();
  const kind = reader.byte();
  if (kind === OPEN) return { introduced };
  return kind === FIXED ? { introduced, fixed: reader.text() } : { introduced, lastAffected: reader.text() };
}

function pairs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : [])),
  );
}

/** 0 for none. */
export function severityNumber(severity: Severity | undefined): number {
  return severity === undefined ? 0 : severities.indexOf(severity) + 1;
}

export function severityOf(number: number): Severity | undefined {
  return severities[number - 1];
}
