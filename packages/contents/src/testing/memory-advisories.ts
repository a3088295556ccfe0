import { digestOf } from '@lading/oci';
import type { Advisory, AdvisoryDatabase, Affected } from '../advisories/advisory-database.ts';

/** What an advisory says in a test: `fixed` is a range from the beginning; absent and without ranges, everything is affected. */
export interface AdvisorySample
  extends Partial<Omit<Advisory, 'id'>>,
    Partial<Pick<Affected, 'urgency' | 'willNotFix' | 'details'>> {
  readonly id: string;
  readonly ecosystem: string;
  readonly name: string;
  readonly fixed?: string;
  readonly ranges?: Affected['ranges'];
  readonly versions?: readonly string[];
}

/** An advisory database out of samples. `ecosystems` adds such as have no advisory. */
export function memoryAdvisories(
  samples: readonly AdvisorySample[],
  ecosystems: readonly string[] = [],
): AdvisoryDatabase {
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  };
  const affected = Map.groupBy(samples, ({ ecosystem, name }) => `${ecosystem} ${name}`);
  const advisoryOf = (wanted: (sample: AdvisorySample) => boolean): Advisory | undefined => {
    const sample = samples.find(wanted);
    if (sample === undefined) return undefined;
    return { ...sample, aliases: sample.aliases ?? [], cvss: sample.cvss ?? [], references: sample.references ?? [] };
  };
  return {
    digest: digestOf(new TextEncoder().encode(JSON.stringify(samples))),
    format: 2,
    newest: '2026-01-02T00:00:00Z',
    sources: [],
    affected: (ecosystem, name) =>
      (affected.get(`${ecosystem} ${name}`) ?? []).map((sample) => ({
        names: [sample.id, ...(sample.aliases ?? [])].map(numberOf),
        id: sample.id,
        aliases: sample.aliases ?? [],
        ranges: sample.ranges ?? (sample.versions ? [] : [{ introduced: '0', fixed: sample.fixed }]),
        versions: sample.versions ?? [],
        urgency: sample.urgency,
        willNotFix: sample.willNotFix,
        details: sample.details,
      })),
    ecosystems: [...new Set([...samples.map(({ ecosystem }) => ecosystem), ...ecosystems])],
    advisory: (id) => advisoryOf((sample) => sample.id === id),
    rating: (name) => advisoryOf(({ id }) => numbers.get(id) === name),
    close() {},
  };
}
