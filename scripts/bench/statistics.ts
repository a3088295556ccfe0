/** What several measurements of one thing say: the middle, and how far they spread. */
export interface Summary {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws RangeError without values: a measurement that did not take place has no median. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('Cannot summarize measurements: there are none');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] as number;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { runs: sorted.length, median, min: at(0), max: at(sorted.length - 1) };
}

/**
 * How the median of `ours` compares with that of `theirs`, as "so many times as good": above 1 we are ahead. Of times less is better,
 * of rates more.
 */
export function advantage(ours: Summary, theirs: Summary, better: 'less' | 'more'): number {
  return better === 'less' ? theirs.median / ours.median : ours.median / theirs.median;
}
