import type { Advisory, AffectedIn } from '@lading/contents';
import { LadingError } from '@lading/errors';
import { type CommandModule, examples } from '../command.ts';
import { printable } from '../printable.ts';
import { formatDate, table } from '../table.ts';
import { configureDatabase, withDatabase } from './open-database.ts';

/** An update of a distribution can be of a hundred packages. */
const SHOWN_PACKAGES = 20;

export const command: CommandModule = {
  configure(command) {
    command.argument('<id>', 'of an advisory: CVE-…, GHSA-…, DSA-…');
    configureDatabase(command);
    command.addHelpText(
      'after',
      examples(['lading advisories show CVE-2021-44228', 'every advisory of it, and the packages they name']),
    );
  },

  run: (context, [id = ''], options) =>
    withDatabase(context, options, (database) => {
      const known = database.advisoriesOf(id);
      const alone = known.length === 0 ? database.advisory(id) : undefined;
      if (known.length === 0 && alone === undefined) {
        throw new LadingError('ADVISORY_NOT_FOUND', `Cannot show ${printable(id)}: no advisory knows it`, {
          hint: '"lading advisories info" tells how old the database is, and what it knows.',
          details: { id },
        });
      }
      const all = alone === undefined ? known : [alone];
      const data = all.map((advisory) => ({ ...advisory, affected: database.packagesOf(advisory.id) }));
      return { data, text: data.map(textOf).join('\n\n') };
    }),
};

function textOf({ affected, ...advisory }: Advisory & { readonly affected: readonly AffectedIn[] }): string {
  const { id, aliases, title, severity, cvss, published, epss, kev, references } = advisory;
  const lines = [
    title === undefined ? id : `${id}  ${title}`,
    ...(aliases.length === 0 ? [] : [`Also:       ${aliases.join(', ')}`]),
    ...(severity === undefined ? [] : [`Severity:   ${severity}`]),
    ...cvss.map(({ version, vector, score }) => `CVSS ${version}:   ${score.toFixed(1)}  ${vector}`),
    ...(published === undefined ? [] : [`Published:  ${formatDate(published)}`]),
    ...(epss === undefined ? [] : [`EPSS:       ${(epss * 100).toFixed(2)}%`]),
    ...(kev === true ? ['Exploited:  on the list of CISA'] : []),
    ...references.map((reference, index) => `${index === 0 ? 'See:        ' : '            '}${reference}`),
  ].map(printable);
  if (affected.length === 0) return lines.join('\n');
  const rows = affected
    .slice(0, SHOWN_PACKAGES)
    .map((one) => [one.ecosystem, one.name, versionsOf(one), notesOf(one)].map(printable));
  const more = affected.length - rows.length;
  return [
    ...lines,
    '',
    table(['ECOSYSTEM', 'PACKAGE', 'AFFECTED', ''], rows),
    ...(more === 0 ? [] : [`and ${more} more; --json has all`]),
  ].join('\n');
}

function versionsOf({ ranges, versions }: AffectedIn): string {
  const texts = ranges.map(({ introduced, fixed, lastAffected }) => {
    const start = introduced === '0' ? '' : `>= ${introduced} `;
    if (fixed === '0') return 'none';
    if (fixed !== undefined) return `${start}< ${fixed}`;
    return lastAffected === undefined ? start.trim() || 'all' : `${start}<= ${lastAffected}`;
  });
  return [...texts, ...versions].join(', ');
}

function notesOf({ urgency, willNotFix }: AffectedIn): string {
  return [urgency, willNotFix === true ? 'will not be fixed' : undefined].filter(Boolean).join(', ');
}
