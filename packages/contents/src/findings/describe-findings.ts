import type { Finding } from '@lading/facts';
import type { Advisory, AdvisoryDatabase } from '../advisories/advisory-database.ts';

/**
 * Adds what people read: titles and references. Judging needs neither, and databases keep them compressed, so that only what is shown is
 * worth describing.
 */
export function describeFindings(findings: readonly Finding[], database: AdvisoryDatabase): Finding[] {
  const texts = new Map<string, Pick<Advisory, 'title' | 'references'>>();
  // In the order of ids, in which neighbours are stored together.
  for (const id of [...new Set(findings.flatMap(({ id: own, aliases }) => [own, ...aliases]))].sort()) {
    const advisory = database.advisory(id);
    if (advisory !== undefined) texts.set(id, { title: advisory.title, references: advisory.references });
  }
  return findings.map((finding) => {
    const own = [finding.id, ...finding.aliases].flatMap((id) => texts.get(id) ?? []);
    return {
      ...finding,
      title: own.find(({ title }) => title !== undefined)?.title,
      references: [...new Set(own.flatMap(({ references }) => references))],
    };
  });
}
