// Records of OSV as they are published, read with nothing of ours but the zip.
import { rawRecords } from '../../../packages/contents/src/findings/testing/raw-records.ts';

export interface OsvRange {
  readonly type: string;
  readonly events: readonly Readonly<Record<string, string>>[];
}

export interface OsvAffected {
  readonly package?: { readonly ecosystem: string; readonly name: string };
  readonly ranges?: readonly OsvRange[];
  readonly versions?: readonly string[];
  readonly database_specific?: { readonly last_known_affected_version_range?: unknown };
}

export interface OsvRecord {
  readonly id: string;
  readonly withdrawn?: string;
  readonly aliases?: readonly string[];
  readonly upstream?: readonly string[];
  readonly related?: readonly string[];
  readonly affected?: readonly OsvAffected[];
}

/** What a record says of one package of one ecosystem. */
export interface Statement {
  readonly record: OsvRecord;
  readonly affected: OsvAffected;
}

/** All that is said, by package. Memory holds the dump. */
export async function statementsOf(
  path: string,
  ecosystem: string,
): Promise<ReadonlyMap<string, readonly Statement[]>> {
  const statements = new Map<string, Statement[]>();
  for await (const raw of rawRecords(path)) {
    const record: OsvRecord = raw;
    if (record.withdrawn !== undefined) continue;
    for (const affected of record.affected ?? []) {
      if (affected.package?.ecosystem !== ecosystem) continue;
      const name = nameIn(ecosystem, affected.package.name);
      const said = statements.get(name);
      if (said === undefined) statements.set(name, [{ record, affected }]);
      else said.push({ record, affected });
    }
  }
  return statements;
}

/** PEP 503; other ecosystems here tell names apart as they are written. */
function nameIn(ecosystem: string, name: string): string {
  return ecosystem === 'PyPI' ? name.toLowerCase().replaceAll(/[-_.]+/g, '-') : name;
}
