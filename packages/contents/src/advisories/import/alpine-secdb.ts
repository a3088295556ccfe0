import type { AdvisoryRecord } from '../advisory-record.ts';
import type { Importer, Statement } from './importer.ts';
import { isMembers, listOf, membersOf, textOf, textsOf } from './members.ts';

/**
 * Alpine's own security database, and Wolfi's and Chainguard's in the same format: a file for each branch and repository, which lists by
 * version what it fixes. Under version `0` stands what never affected the package.
 */
export const alpineSecdb: Importer = {
  name: 'secdb',
  recognises: (document) => isMembers(document) && 'apkurl' in document && Array.isArray(document.packages),
  *read(document): Generator<Statement> {
    const members = membersOf(document);
    const ecosystem = ecosystemOf(textOf(members.distroversion), textOf(members.urlprefix));
    if (ecosystem === undefined) {
      yield { kind: 'warning', message: 'a secdb does not say of which distribution it is' };
      return;
    }
    for (const item of listOf(members.packages)) {
      const { name: packageName, secfixes } = membersOf(membersOf(item).pkg);
      const name = textOf(packageName);
      if (name === undefined) yield { kind: 'warning', message: `${ecosystem}: a package has no name` };
      else
        for (const record of recordsOf(ecosystem, name, membersOf(secfixes)))
          yield { kind: 'record', record, source: ecosystem };
    }
  },
};

/** Alpine's say their branch; the others are rolling, and known by where their packages come from. */
function ecosystemOf(branch: string | undefined, prefix = ''): string | undefined {
  if (branch !== undefined) return `Alpine:${branch}`;
  return prefix.includes('wolfi')
    ? 'Wolfi'
    : prefix.includes('chainguard') || prefix.includes('cgr.dev')
      ? 'Chainguard'
      : undefined;
}

function* recordsOf(
  ecosystem: string,
  name: string,
  fixes: Readonly<Record<string, unknown>>,
): Generator<AdvisoryRecord> {
  for (const [version, entries] of Object.entries(fixes)) {
    for (const entry of textsOf(entries)) {
      // One vulnerability with all its names: `CVE-2019-14697 XSA-123`.
      const names = entry.split(/[\s,]+/).filter((word) => /^[A-Z]+-[\w-]+$/.test(word));
      const [first, ...others] = names;
      if (first === undefined) continue;
      const id = `${ecosystem.startsWith('Alpine:') ? 'ALPINE' : ecosystem.toUpperCase()}-${first}`;
      yield {
        id,
        aliases: [...new Set([first, ...others])].sort(),
        cvss: [],
        references: [],
        affected: [{ ecosystem, name, ranges: [{ introduced: '0', fixed: version }], versions: [] }],
        authority: true,
      };
    }
  }
}
