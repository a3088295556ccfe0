import type { AffectedRange } from '../advisory-database.ts';
import { listOf, type Members, membersOf, textOf, textsOf } from './members.ts';

/** Longer details are cut at a word. */
const MAX_DETAIL = 1000;

/**
 * More that tells whether a package is affected: of Go the import paths, and the operating systems where only those are (`packages`, `goos`);
 * the ranges under which a module is tagged that is not versioned as one (`custom-ranges`); streams of modules of rpm packages (`module`).
 */
export function detailsOf(
  ecosystem: string,
  { ecosystem_specific, database_specific }: Members,
  summary: string,
  ranges: readonly AffectedRange[],
): { readonly details?: Readonly<Record<string, string>> } {
  const specific = membersOf(ecosystem_specific);
  const stream =
    textOf(specific.rpmmod) ??
    textOf(specific.module) ??
    textOf(membersOf(database_specific).module) ??
    streamsIn(summary, ranges);
  const details: Record<string, string> = {
    ...(ecosystem === 'Go' ? goDetails(specific) : {}),
    ...(stream === undefined ? {} : { module: stream }),
  };
  return Object.keys(details).length === 0 ? {} : { details };
}

/**
 * The streams that a title names, as those of AlmaLinux and Rocky Linux do: `Low: virt:rhel and virt-devel:rhel security update`. Titles name
 * versions of other packages in the same way: a fix that is built for a module says that it is one.
 */
function streamsIn(summary: string, ranges: readonly AffectedRange[]): string | undefined {
  if (!ranges.some(({ fixed }) => fixed?.includes('.module'))) return undefined;
  const streams = summary.slice(0, MAX_DETAIL).match(/(?<![\w:.+-])\w[\w.+-]*:(?!Rocky\b)\w[\w.+-]*/g);
  return streams === null ? undefined : joined([...new Set(streams)].sort());
}

function goDetails({ imports, custom_ranges }: Members): Record<string, string> {
  const all = listOf(imports).map(membersOf);
  const systems = all.map(({ goos }) => textsOf(goos));
  const paths = all.flatMap(({ path }) => textOf(path) ?? []);
  const ranges = listOf(custom_ranges).flatMap((range) => listOf(membersOf(range).events).map(eventText));
  return {
    ...(paths.length === 0 ? {} : { packages: joined([...new Set(paths)]) }),
    ...(systems.length > 0 && systems.every((names) => names.length > 0)
      ? { goos: joined([...new Set(systems.flat())].sort()) }
      : {}),
    ...(ranges.length === 0 ? {} : { 'custom-ranges': joined(ranges) }),
  };
}

function eventText(event: unknown): string {
  const { introduced, fixed, last_affected } = membersOf(event);
  if (textOf(introduced) !== undefined) return `>=${introduced}`;
  return textOf(fixed) === undefined ? `<=${last_affected}` : `<${fixed}`;
}

function joined(words: readonly string[]): string {
  const text = words.join(' ');
  return text.length <= MAX_DETAIL ? text : text.slice(0, text.lastIndexOf(' ', MAX_DETAIL));
}
