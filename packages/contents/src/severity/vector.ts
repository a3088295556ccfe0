/** The values of the metrics of a vector by their abbreviations. */
export type Metrics = Readonly<Record<string, string>>;

/**
 * What a vector may have: for each metric its values, and the one it has where the vector does not name it; without one it has to be
 * there.
 */
export type MetricDefinitions = Readonly<
  Record<string, { readonly values: readonly string[]; readonly absent?: string }>
>;

/**
 * Reads `AV:N/AC:L/…` in any order, and gives every metric that is defined a value. Undefined where a metric is not known, has no such
 * value, is there twice, or is missing.
 */
export function readMetrics(text: string, definitions: MetricDefinitions): Metrics | undefined {
  const given = new Map<string, string>();
  for (const field of text.split('/')) {
    const colon = field.indexOf(':');
    const metric = field.slice(0, Math.max(colon, 0));
    const value = field.slice(colon + 1);
    const definition = Object.hasOwn(definitions, metric) ? definitions[metric] : undefined;
    if (definition === undefined || !definition.values.includes(value) || given.has(metric)) return undefined;
    given.set(metric, value);
  }
  const metrics: Record<string, string> = {};
  for (const [metric, { absent }] of Object.entries(definitions)) {
    const value = given.get(metric) ?? absent;
    if (value === undefined) return undefined;
    metrics[metric] = value;
  }
  return metrics;
}

/** Definitions from the metrics' values in a row: `{ AV: 'N A L P' }`. */
export function required(metrics: Readonly<Record<string, string>>): MetricDefinitions {
  return define(metrics, undefined);
}

/** As `required()`, for metrics that may be missing and then have the value `absent`. */
export function optional(metrics: Readonly<Record<string, string>>, absent: string): MetricDefinitions {
  return define(metrics, absent);
}

function define(metrics: Readonly<Record<string, string>>, absent: string | undefined): MetricDefinitions {
  return Object.fromEntries(
    Object.entries(metrics).map(([metric, row]) => {
      const values = row.split(' ');
      return [metric, absent === undefined ? { values } : { values: [...values, absent], absent }];
    }),
  );
}
