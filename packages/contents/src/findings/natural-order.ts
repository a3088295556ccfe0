/** Numbers in texts by their value, everything else by its characters: `CVE-2024-999` before `CVE-2024-1000`. Total. */
export function compareNatural(a: string, b: string): number {
  let at = 0;
  const most = Math.min(a.length, b.length);
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === a.length && at === b.length) return 0;
  // A number that both have in part began before they differ.
  while (at > 0 && isDigit(a.charCodeAt(at - 1))) at--;
  const [first, second] = [digitsAt(a, at), digitsAt(b, at)];
  if (first !== '' && second !== '' && first !== second)
    return first.length - second.length || (first < second ? -1 : 1);
  return a < b ? -1 : 1;
}

/** Without zeros at their start. */
function digitsAt(text: string, start: number): string {
  let end = start;
  while (isDigit(text.charCodeAt(end))) end++;
  let from = start;
  while (from < end - 1 && text.charCodeAt(from) === 0x30) from++;
  return text.slice(from, end);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
