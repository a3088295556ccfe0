import type { Importer } from './importer.ts';
import { isMembers, listOf, membersOf } from './members.ts';

/** CISA's catalog of known exploited vulnerabilities: `known_exploited_vulnerabilities.json`. */
export const cisaKev: Importer = {
  name: 'CISA KEV',
  recognises: (document) =>
    isMembers(document) && 'catalogVersion' in document && Array.isArray(document.vulnerabilities),
  *read(document) {
    for (const item of listOf(membersOf(document).vulnerabilities)) {
      const { cveID } = membersOf(item);
      if (typeof cveID === 'string' && /^CVE-\d+-\d+$/.test(cveID))
        yield { kind: 'exploitation', cve: cveID, kev: true };
      else yield { kind: 'warning', message: 'an exploited vulnerability has no CVE' };
    }
  },
};
