import { type Metrics, optional, readMetrics, required } from './vector.ts';

// A Complete Guide to CVSS 2.0 §3.2.1: what each value counts.
const weights: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { L: 0.395, A: 0.646, N: 1 },
  AC: { H: 0.35, M: 0.61, L: 0.71 },
  Au: { M: 0.45, S: 0.56, N: 0.704 },
  C: { N: 0, P: 0.275, C: 0.66 },
  I: { N: 0, P: 0.275, C: 0.66 },
  A: { N: 0, P: 0.275, C: 0.66 },
  E: { U: 0.85, POC: 0.9, F: 0.95, H: 1, ND: 1 },
  RL: { OF: 0.87, TF: 0.9, W: 0.95, U: 1, ND: 1 },
  RC: { UC: 0.9, UR: 0.95, C: 1, ND: 1 },
  CDP: { N: 0, L: 0.1, LM: 0.3, MH: 0.4, H: 0.5, ND: 0 },
  TD: { N: 0, L: 0.25, M: 0.75, H: 1, ND: 1 },
  CR: { L: 0.5, M: 1, H: 1.51, ND: 1 },
  IR: { L: 0.5, M: 1, H: 1.51, ND: 1 },
  AR: { L: 0.5, M: 1, H: 1.51, ND: 1 },
};

const definitions = {
  ...required({ AV: 'L A N', AC: 'H M L', Au: 'M S N', C: 'N P C', I: 'N P C', A: 'N P C' }),
  ...optional(
    {
      ...{ E: 'U POC F H', RL: 'OF TF W U', RC: 'UC UR C' },
      ...{ CDP: 'N L LM MH H', TD: 'N L M H', CR: 'L M H', IR: 'L M H', AR: 'L M H' },
    },
    'ND',
  ),
};

const environmental = ['CDP', 'TD', 'CR', 'IR', 'AR'];

/**
 * The score of a vector with all metrics that it has, `AV:N/AC:L/Au:N/C:P/I:P/A:P`, from 0.0 to 10.0; undefined where the text is no
 * complete vector. A Complete Guide to CVSS 2.0 §3.2.
 */
export function scoreCvss2(text: string): number | undefined {
  const metrics = readMetrics(text, definitions);
  if (metrics === undefined) return undefined;
  const isEnvironmental = environmental.some((metric) => metrics[metric] !== 'ND');
  return isEnvironmental ? environmentalScore(metrics) : temporalScore(metrics, baseScore(metrics, impactOf(metrics)));
}

function baseScore(metrics: Metrics, impact: number): number {
  if (impact === 0) return 0;
  const exploitability = 20 * weightsOf(metrics, 'AV', 'AC', 'Au');
  return roundToTenth((0.6 * impact + 0.4 * exploitability - 1.5) * 1.176);
}

function impactOf(metrics: Metrics, requirement: (metric: string) => number = () => 1): number {
  const left = (metric: string): number => 1 - weightsOf(metrics, metric) * requirement(metric);
  return 10.41 * (1 - left('C') * left('I') * left('A'));
}

function temporalScore(metrics: Metrics, base: number): number {
  return roundToTenth(base * weightsOf(metrics, 'E', 'RL', 'RC'));
}

function environmentalScore(metrics: Metrics): number {
  const impact = Math.min(
    10,
    impactOf(metrics, (metric) => weightsOf(metrics, `${metric}R`)),
  );
  const temporal = temporalScore(metrics, baseScore(metrics, impact));
  return roundToTenth((temporal + (10 - temporal) * weightsOf(metrics, 'CDP')) * weightsOf(metrics, 'TD'));
}

function weightsOf(metrics: Metrics, ...names: readonly string[]): number {
  return names.reduce((product, name) => product * weights[name]![metrics[name]!]!, 1);
}

// Half up; what is added makes up for binary fractions that fall just short of a half.
function roundToTenth(score: number): number {
  return Math.round(score * 10 + 1e-9) / 10;
}
