import { macroVectorScore } from './cvss4-macro-vectors.ts';
import { type Metrics, optional, readMetrics, required } from './vector.ts';

const impacts = { VC: 'H L N', VI: 'H L N', VA: 'H L N', SC: 'H L N', SI: 'H L N', SA: 'H L N' };
const base = { AV: 'N A L P', AC: 'L H', AT: 'N P', PR: 'N L H', UI: 'N P A', ...impacts };
const modified = Object.fromEntries(
  Object.entries(base).map(([metric, values]) => [`M${metric}`, /^S[IA]$/.test(metric) ? `S ${values}` : values]),
);
const definitions = {
  ...required(base),
  ...optional({ E: 'A P U', CR: 'H M L', IR: 'H M L', AR: 'H M L', ...modified }, 'X'),
  // Supplemental metrics count nothing. §5.
  ...optional({ S: 'N P', AU: 'N Y', R: 'A U I', V: 'D C', RE: 'L M H', U: 'Clear Green Amber Red' }, 'X'),
};

/** What counts where a vector leaves it open: the worst. §8.2. */
const worst = { E: 'A', CR: 'H', IR: 'H', AR: 'H' };

/**
 * The score of a vector with all metrics that it has, `AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N` without its prefix, from
 * 0.0 to 10.0; undefined where the text is no complete vector. CVSS v4.0 Specification §8.
 */
export function scoreCvss4(text: string): number | undefined {
  const metrics = readMetrics(text, definitions);
  return metrics === undefined ? undefined : scoreOf(effective(metrics));
}

/** Metrics as they count: the modified one instead of that of the base. */
function effective(metrics: Metrics): Metrics {
  const counting: Record<string, string> = {};
  for (const [metric, value] of Object.entries(worst))
    counting[metric] = metrics[metric] === 'X' ? value : metrics[metric]!;
  for (const metric of Object.keys(base)) {
    const modification = metrics[`M${metric}`]!;
    counting[metric] = modification === 'X' ? metrics[metric]! : modification;
  }
  return counting;
}

/** Metrics that make one level together. §8.2. */
interface EquivalenceSet {
  readonly metrics: readonly string[];
  /**
   * By level: the worst combinations in it, a letter for each metric, and the steps from there to the mildest one, and one more.
   * Tables 24 to 30.
   */
  readonly levels: Readonly<Record<string, { readonly worst: readonly string[]; readonly depth: number }>>;
  /** The levels that come next when one or several metrics get milder. */
  readonly next: (level: string) => readonly string[];
}

const oneDown = (level: string): readonly string[] => [String(Number(level) + 1)];

const exploitability: EquivalenceSet = {
  metrics: ['AV', 'PR', 'UI'],
  levels: {
    0: { worst: ['NNN'], depth: 1 },
    1: { worst: ['ANN', 'NLN', 'NNP'], depth: 4 },
    2: { worst: ['PNN', 'ALP'], depth: 5 },
  },
  next: oneDown,
};

const complexity: EquivalenceSet = {
  metrics: ['AC', 'AT'],
  levels: { 0: { worst: ['LN'], depth: 1 }, 1: { worst: ['HN', 'LP'], depth: 2 } },
  next: oneDown,
};

/** The third and the sixth set, which depend on each other: what the system loses, and what it needs. */
const vulnerableSystem: EquivalenceSet = {
  metrics: ['VC', 'VI', 'VA', 'CR', 'IR', 'AR'],
  levels: {
    '00': { worst: ['HHHHHH'], depth: 7 },
    '01': { worst: ['HHLMMH', 'HHHMMM'], depth: 6 },
    10: { worst: ['LHHHHH', 'HLHHHH'], depth: 8 },
    11: { worst: ['LHLHMH', 'LHHHMM', 'HLHMHM', 'HLLMHH', 'LLHHHM'], depth: 8 },
    21: { worst: ['LLLHHH'], depth: 10 },
  },
  next: (level) => ({ '00': ['01', '10'], '01': ['11'], 10: ['11'], 11: ['21'] })[level] ?? [],
};

const subsequentSystems: EquivalenceSet = {
  metrics: ['SC', 'SI', 'SA'],
  levels: {
    0: { worst: ['HSS'], depth: 6 },
    1: { worst: ['HHH'], depth: 5 },
    2: { worst: ['LLL'], depth: 4 },
  },
  next: oneDown,
};

const exploitation: EquivalenceSet = {
  metrics: ['E'],
  levels: { 0: { worst: ['A'], depth: 1 }, 1: { worst: ['P'], depth: 1 }, 2: { worst: ['U'], depth: 1 } },
  next: oneDown,
};

const sets = [exploitability, complexity, vulnerableSystem, subsequentSystems, exploitation];

/** The values of each metric from the worst on. */
const scales: Readonly<Record<string, string>> = {
  ...{ AV: 'NALP', PR: 'NLH', UI: 'NPA', AC: 'LH', AT: 'NP', E: 'APU', CR: 'HML', IR: 'HML', AR: 'HML' },
  ...{ VC: 'HLN', VI: 'HLN', VA: 'HLN', SC: 'HLN', SI: 'SHLN', SA: 'SHLN' },
};

/**
 * The score of the macro vector, less the mean of how far each set is on its way to the next milder macro vector. §8.2.
 */
function scoreOf(metrics: Metrics): number {
  if (Object.keys(impacts).every((metric) => metrics[metric] === 'N')) return 0;
  const levels = levelsOf(metrics);
  const tenths = macroVectorScore(levels)!;
  const distances = sets.flatMap((set, index) => {
    const milder = set.next(levels[index]!).flatMap((level) => macroVectorScore(levels.with(index, level)) ?? []);
    if (milder.length === 0) return [];
    return [
      ((tenths - Math.max(...milder)) * stepsFromWorst(set, levels[index]!, metrics)) /
        set.levels[levels[index]!]!.depth,
    ];
  });
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / Math.max(distances.length, 1);
  // Half up; what is added makes up for binary fractions that fall just short of a half.
  return Math.round(Math.max(tenths - mean, 0) + 1e-5) / 10;
}

/** The level of each set. Tables 24 to 29. */
function levelsOf(metrics: Metrics): string[] {
  const { AV, PR, UI, AC, AT, VC, VI, VA, SC, SI, SA, CR, IR, AR, E } = metrics;
  const open = [AV, PR, UI].filter((value) => value === 'N').length;
  const isHigh = (...values: readonly (string | undefined)[]): boolean => values.includes('H');
  const isNeeded = (VC === 'H' && CR === 'H') || (VI === 'H' && IR === 'H') || (VA === 'H' && AR === 'H');
  return [
    open === 3 ? '0' : open > 0 && AV !== 'P' ? '1' : '2',
    AC === 'L' && AT === 'N' ? '0' : '1',
    (VC === 'H' && VI === 'H' ? '0' : isHigh(VC, VI, VA) ? '1' : '2') + (isNeeded ? '0' : '1'),
    SI === 'S' || SA === 'S' ? '0' : isHigh(SC, SI, SA) ? '1' : '2',
    String(scales.E!.indexOf(E!)),
  ];
}

/** How many steps the metrics are milder than the first of the worst combinations that is not milder than they are in any. */
function stepsFromWorst({ metrics: names, levels }: EquivalenceSet, level: string, metrics: Metrics): number {
  for (const worst of levels[level]!.worst) {
    const steps = names.map(
      (name, index) => scales[name]!.indexOf(metrics[name]!) - scales[name]!.indexOf(worst[index]!),
    );
    if (steps.every((step) => step >= 0)) return steps.reduce((sum, step) => sum + step, 0);
  }
  return 0;
}
