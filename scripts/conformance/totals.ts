/** How many tests ended in which way. */
export interface Totals {
  readonly total: number;
  readonly pass: number;
  readonly fail: number;
  readonly error: number;
  readonly skip: number;
  readonly disabled: number;
}

const names = ['total', 'pass', 'fail', 'error', 'skip', 'disabled'] as const;

/** Reads the sums that the suite prints. Throws when one of them is not there. */
export function parseTotals(output: string): Totals {
  const count = (name: string): number => {
    const found = new RegExp(`^ {2}${name}\\.+: +(\\d+)$`, 'im').exec(output)?.[1];
    if (found === undefined) throw new Error(`the suite does not say its ${name}: ${output.slice(-2000)}`);
    return Number(found);
  };
  const [total, pass, fail, error, skip, disabled] = names.map(count) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { total, pass, fail, error, skip, disabled };
}

/** Everything was asked for, and everything passed. */
export function isFlawless({ total, pass }: Totals): boolean {
  return total > 0 && pass === total;
}

export function totalsText(totals: Totals): string {
  return names.map((name) => `${name} ${totals[name]}`).join(', ');
}

/** What the suite wrote, as it is kept: the sums first, and nothing of the machine that it ran on. */
export function keptResults(results: string, totals: Totals): string {
  const place = /^ {2}(?:registry|resultsDir|commit): .*\n/gm;
  const sums = names.map((name) => `  ${name}: ${totals[name]}\n`).join('');
  return `totals:\n${sums}${results.replace(place, '')}`;
}
