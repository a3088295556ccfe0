import type { Edit, Finding } from './finding.ts';

/**
 * The text with the fixes of findings made. Of two that touch the same place the first counts: lint the result again for the rest.
 * The findings have to be of this very text.
 */
export function applyFixes(
  text: string,
  findings: readonly Finding[],
): { readonly text: string; readonly fixed: readonly Finding[] } {
  const taken: Edit[] = [];
  const fixed: Finding[] = [];
  let end = 0;
  const byPlace = findings
    .filter(({ fix }) => fix !== undefined && fix.edits.length > 0)
    .sort((a, b) => startOf(a) - startOf(b));
  for (const finding of byPlace) {
    const { edits } = finding.fix!;
    if (startOf(finding) < end) continue;
    taken.push(...edits);
    fixed.push(finding);
    // an insertion takes its place as well, so that two of them do not depend on their order
    end = edits.at(-1)!.span.end.offset + 1;
  }
  const parts: string[] = [];
  let at = 0;
  for (const { span, text: replacement } of taken) {
    parts.push(text.slice(at, span.start.offset), replacement);
    at = span.end.offset;
  }
  return { text: `${parts.join('')}${text.slice(at)}`, fixed };
}

function startOf({ fix }: Finding): number {
  return fix?.edits[0]?.span.start.offset ?? 0;
}
