import type { AffectedPackage } from '../advisory-record.ts';
import type { Importer, Statement } from './importer.ts';
import { isMembers, type Members, membersOf, textOf } from './members.ts';
import { severityOfWord } from './severity-words.ts';
import { titleOf } from './summary.ts';

/** Debian's security tracker as it publishes itself (`tracker/data/json`): by source package, then by vulnerability, then by release. */
export const debianTracker: Importer = {
  name: 'Debian security tracker',
  recognises(document) {
    if (!isMembers(document)) return false;
    const vulnerability = Object.values(membersOf(Object.values(document)[0]))[0];
    return isMembers(vulnerability) && isMembers(vulnerability.releases);
  },
  *read(document): Generator<Statement> {
    for (const [name, vulnerabilities] of Object.entries(membersOf(document))) {
      for (const [cve, value] of Object.entries(membersOf(vulnerabilities))) {
        const { releases, description } = membersOf(value);
        const affected = Object.entries(membersOf(releases)).flatMap(([codename, release]) =>
          affectedOf(name, codename, membersOf(release)),
        );
        if (affected.length === 0) continue;
        const title = titleOf(undefined, textOf(description));
        // Numbers that Debian gave before there was a CVE stand for themselves.
        const isCve = cve.startsWith('CVE-');
        yield {
          kind: 'record',
          record: {
            id: isCve ? `DEBIAN-${cve}` : cve,
            aliases: isCve ? [cve] : [],
            ...(title === undefined ? {} : { title }),
            cvss: [],
            references: [`https://security-tracker.debian.org/tracker/${cve}`],
            affected,
            authority: true,
          },
        };
      }
    }
  },
};

/** Codenames of releases; what is not one of them is unstable, which has no number. */
const releases: ReadonlyMap<string, number> = new Map([
  ['jessie', 8],
  ['stretch', 9],
  ['buster', 10],
  ['bullseye', 11],
  ['bookworm', 12],
  ['trixie', 13],
  ['forky', 14],
  ['duke', 15],
]);

function affectedOf(name: string, codename: string, release: Members): AffectedPackage[] {
  const number = releases.get(codename);
  if (number === undefined) return [];
  const { status, fixed_version, urgency, nodsa_reason } = release;
  const fixed = textOf(fixed_version);
  if (status !== 'open' && (status !== 'resolved' || fixed === undefined)) return [];
  const rating = severityOfWord(urgency);
  return [
    {
      ecosystem: `Debian:${number}`,
      name,
      // Version 0: it never affected the package.
      ranges: [{ introduced: '0', ...(status === 'resolved' && fixed !== undefined ? { fixed } : {}) }],
      versions: [],
      ...(rating === undefined ? {} : { urgency: rating }),
      ...(urgency === 'end-of-life' || nodsa_reason === 'ignored' ? { willNotFix: true } : {}),
    },
  ];
}
