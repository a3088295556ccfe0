/** Tests a tag. */
export type TagMatcher = (tag: string) => boolean;

/** One matcher for all of the patterns. In a pattern `*` stands for any characters, also none. No pattern, no tag. */
export function matchTags(patterns: readonly string[]): TagMatcher {
  if (patterns.includes('*')) return () => true;
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const rest = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'));
  return (tag) => exact.has(tag) || rest.some((parts) => matches(parts, tag));
}

/** The parts in their order, the first at the start and the last at the end. Each is found at its first place: it leaves the most. */
function matches(parts: readonly string[], tag: string): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop() ?? '';
  if (!tag.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = tag.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return tag.length - last.length >= at && tag.endsWith(last);
}
