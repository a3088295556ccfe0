import type { Cautions, DeprecationRecord, QuarantineRecord } from '@lading/catalog';
import type { Digest } from '@lading/oci';
import { problem } from '../answer.ts';
import type { Caution } from './policy.ts';

/** What pulls are refused and warned of, ready to be asked at each of them. */
export interface CautionTable {
  of(repository: string, digest: Digest, tag: string | undefined, now: Date): Caution | undefined;
}

export const noCautions: CautionTable = { of: () => undefined };

export function createCautionTable({ quarantined, deprecations }: Cautions): CautionTable {
  if (quarantined.size === 0 && deprecations.length === 0) return noCautions;
  const deprecated = new Map<string, DeprecationRecord>();
  for (const record of deprecations) deprecated.set(keyOf(record.repository, record.reference), record);
  return {
    of(repository, digest, tag, now) {
      const quarantine = quarantined.get(digest);
      if (quarantine !== undefined) return { refusal: refuseQuarantined(digest, quarantine) };
      if (deprecated.size === 0) return undefined;
      const record =
        deprecated.get(keyOf(repository, undefined)) ??
        deprecated.get(keyOf(repository, digest)) ??
        (tag === undefined ? undefined : deprecated.get(keyOf(repository, tag)));
      return record && deprecation(record, now);
    },
  };
}

function keyOf(repository: string, reference: string | undefined): string {
  return `${repository} ${reference ?? ''}`;
}

function refuseQuarantined(digest: Digest, { digest: cause, reason }: QuarantineRecord): Caution['refusal'] {
  const what = cause === digest ? digest : `${digest} contains ${cause}, which`;
  return problem(403, 'DENIED', `${what} is in quarantine: ${reason}`, {
    detail: { digest, quarantined: cause, reason },
  });
}

function deprecation({ repository, reference, after, message }: DeprecationRecord, now: Date): Caution {
  const separator = reference?.includes(':') ? '@' : ':';
  const what = reference === undefined ? repository : `${repository}${separator}${reference}`;
  const day = after.toISOString();
  const why = message === '' ? '' : `: ${message}`;
  if (now < after) return { warning: `${what} is deprecated and will be refused from ${day} on${why}` };
  return {
    refusal: problem(403, 'DENIED', `${what} was deprecated and is refused since ${day}${why}`, {
      detail: { repository, ...(reference === undefined ? {} : { reference }), after: day },
    }),
  };
}
