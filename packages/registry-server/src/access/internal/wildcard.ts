/** Whether the whole text follows the pattern, in which `*` stands for any part of it. */
export function matchesText(pattern: string, text: string): boolean {
  if (pattern === '*' || pattern === text) return true;
  return pattern.includes('*') && followsPattern(pattern, text, '*', (a, b) => a === b);
}

/**
 * Whether the items follow the pattern, in which `star` stands for any number of them. Only the last star is ever reconsidered, so that
 * no pattern takes more than the product of the two lengths.
 */
export function followsPattern(
  pattern: ArrayLike<string>,
  items: ArrayLike<string>,
  star: string,
  matches: (pattern: string, item: string) => boolean,
): boolean {
  let [p, i, lastStar, taken] = [0, 0, -1, 0];
  while (i < items.length) {
    if (p < pattern.length && pattern[p] === star) {
      lastStar = p++;
      taken = i;
    } else if (p < pattern.length && matches(pattern[p] ?? '', items[i] ?? '')) {
      p++;
      i++;
    } else if (lastStar >= 0) {
      p = lastStar + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.length && pattern[p] === star) p++;
  return p === pattern.length;
}
