/**
 * For hints ("did you mean"): the word that takes the fewest edits (at most two, or a third of its length) to become `text`;
 * the first of equals.
 */
export function nearest(text: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let limit = Math.min(2, Math.floor(text.length / 3));
  for (const word of words) {
    if (Math.abs(word.length - text.length) > limit) continue;
    const distance = editDistance(text, word);
    if (distance > limit) continue;
    best = word;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return best;
}

// Insertions, deletions, substitutions and exchanged neighbours count one each.
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      let least = Math.min(substitution, previous[column]! + 1, current[column - 1]! + 1);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, before[column - 2]! + 1);
      }
      current.push(least);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
