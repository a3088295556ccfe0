import { type Metrics, optional, readMetrics, required } from './vector.ts';

// Specification §7.4: what each value counts.
const weights: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  PR: { N: 0.85, L: 0.62, H: 0.27 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
  E: { X: 1, H: 1, F: 0.97, P: 0.94, U: 0.91 },
  RL: { X: 1, U: 1, W: 0.97, T: 0.96, O: 0.95 },
  RC: { X: 1, C: 1, R: 0.96, U: 0.92 },
  CR: { X: 1, H: 1.5, M: 1, L: 0.5 },
  IR: { X: 1, H: 1.5, M: 1, L: 0.5 },
  AR: { X: 1, H: 1.5, M: 1, L: 0.5 },
};
/** What `PR` counts where the scope changes. */
const changedPrivileges: Readonly<Record<string, number>> = { N: 0.85, L: 0.68, H: 0.5 };

const base = { AV: 'N A L P', AC: 'L H', PR: 'N L H', UI: 'N R', S: 'U C', C: 'H L N', I: 'H L N', A: 'H L N' };
const temporal = { E: 'H F P U', RL: 'U W T O', RC: 'C R U' };
const requirements = { CR: 'H M L', IR: 'H M L', AR: 'H M L' };
const modified = Object.fromEntries(Object.entries(base).map(([metric, values]) => [`M${metric}`, values]));
const definitions = { ...required(base), ...optional({ ...temporal, ...requirements, ...modified }, 'X') };
const environmental = Object.keys({ ...requirements, ...modified });

/**
 * The score of a vector with all metrics that it has, `AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H` without its prefix, from 0.0 to 10.0; undefined
 * where the text is no complete vector. CVSS v3.0 and v3.1 Specification §7.1 to §7.3.
 */
export function scoreCvss3(version: '3.0' | '3.1', text: string): number | undefined {
  const metrics = readMetrics(text, definitions);
  if (metrics === undefined) return undefined;
  const isEnvironmental = environmental.some((metric) => metrics[metric] !== 'X');
  const score = isEnvironmental ? modifiedScore(version, metrics) : baseScore(metrics);
  return roundUp(score * weightsOf(metrics, 'E', 'RL', 'RC'));
}

function baseScore(metrics: Metrics): number {
  const left = (metric: string): number => 1 - weightsOf(metrics, metric);
  const impact = 1 - left('C') * left('I') * left('A');
  return combine(metrics, isChanged(metrics) ? changedImpact(impact, impact, 15) : 6.42 * impact);
}

/** The base formula with the modified metrics and the requirements. §7.3. */
function modifiedScore(version: '3.0' | '3.1', metrics: Metrics): number {
  const effective = withModified(metrics);
  const left = (metric: string): number => 1 - weightsOf(effective, metric) * weightsOf(metrics, `${metric}R`);
  const impact = Math.min(1 - left('C') * left('I') * left('A'), 0.915);
  if (!isChanged(effective)) return combine(effective, 6.42 * impact);
  // With 3.0 more impact could give a lower score. 3.1 §7.3, appendix A.
  const weighed = version === '3.0' ? changedImpact(impact, impact, 15) : changedImpact(impact, impact * 0.9731, 13);
  return combine(effective, weighed);
}

function changedImpact(impact: number, diminished: number, exponent: number): number {
  return 7.52 * (impact - 0.029) - 3.25 * (diminished - 0.02) ** exponent;
}

function combine(metrics: Metrics, impact: number): number {
  if (impact <= 0) return 0;
  const privileges = isChanged(metrics) ? changedPrivileges[metrics.PR!]! : weightsOf(metrics, 'PR');
  const exploitability = 8.22 * privileges * weightsOf(metrics, 'AV', 'AC', 'UI');
  return roundUp(Math.min((isChanged(metrics) ? 1.08 : 1) * (impact + exploitability), 10));
}

function isChanged(metrics: Metrics): boolean {
  return metrics.S === 'C';
}

function withModified(metrics: Metrics): Metrics {
  const effective = Object.keys(base).map((metric) => {
    const value = metrics[`M${metric}`]!;
    return [metric, value === 'X' ? metrics[metric]! : value];
  });
  return Object.fromEntries(effective);
}

function weightsOf(metrics: Metrics, ...names: readonly string[]): number {
  return names.reduce((product, name) => product * weights[name]![metrics[name]!]!, 1);
}

// To the next tenth, unless all that is above one comes from binary fractions. 3.1, appendix A.
function roundUp(score: number): number {
  const hundredThousandths = Math.round(score * 100_000);
  return Math.ceil(hundredThousandths / 10_000) / 10;
}
