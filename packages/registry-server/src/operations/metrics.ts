/** Values of the labels of a metric, in the order of its label names. Never texts of errors, nor names that users choose. */
export type Labels = readonly string[];

export interface Counter {
  add(amount?: number, ...labels: Labels): void;
}

export interface Gauge {
  set(value: number, ...labels: Labels): void;
  add(amount: number, ...labels: Labels): void;
}

export interface Histogram {
  observe(value: number, ...labels: Labels): void;
}

export interface Metrics {
  /** `name` ends with `_total`. */
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  /** `name` has its unit at its end, such as `_bytes` or `_seconds`, unless it counts things. */
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** `name` has its unit at its end; `bounds` are the upper ones of its buckets, growing. */
  histogram(name: string, help: string, bounds: readonly number[], labels?: readonly string[]): Histogram;
  /** Called before each reading, to set what is only looked up when somebody asks. What it throws is left out. */
  beforeReading(collect: () => void | Promise<void>): void;
  /** Everything, in the text format that Prometheus reads (prometheus.io, "Exposition formats", text version 0.0.4). */
  text(): Promise<string>;
}

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** A metric has no more series than this: what comes beyond is counted under `other`, so that nobody outside can fill the memory. */
const mostSeries = 1000;

interface Family {
  readonly name: string;
  readonly lines: () => string[];
}

export function createMetrics(): Metrics {
  const families: Family[] = [];
  const collectors: (() => void | Promise<void>)[] = [];

  const define = <S>(
    type: 'counter' | 'gauge' | 'histogram',
    name: string,
    help: string,
    labelNames: readonly string[],
    fresh: () => S,
    linesOf: (series: S, labels: string) => string[],
  ): ((labels: Labels) => S) => {
    if (families.some((family) => family.name === name)) throw new Error(`There is a metric ${name} already`);
    const all = new Map<string, { readonly labels: string; readonly series: S }>();
    families.push({
      name,
      lines: () => [
        `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
        `# TYPE ${name} ${type}`,
        ...[...all.values()].flatMap(({ series, labels }) => linesOf(series, labels)),
      ],
    });
    const seriesOf = (labels: Labels): S => {
      const key = labels.length === 1 ? (labels[0] as string) : labels.join('\0');
      const known = all.get(key);
      if (known !== undefined) return known.series;
      if (all.size >= mostSeries && labels.some((label) => label !== 'other')) {
        return seriesOf(labelNames.map(() => 'other'));
      }
      const series = fresh();
      all.set(key, { labels: labelText(labelNames, labels), series });
      return series;
    };
    // Without labels there is one series, which is there from the beginning, so that its first change is seen as one.
    if (labelNames.length === 0) seriesOf([]);
    return seriesOf;
  };

  return {
    counter(name, help, labelNames = []) {
      if (!name.endsWith('_total')) throw new Error(`The counter ${name} must end with _total`);
      const seriesOf = define('counter', name, help, labelNames, () => ({ value: 0 }), singleLine(name));
      return {
        add(amount = 1, ...labels) {
          seriesOf(labels).value += amount;
        },
      };
    },

    gauge(name, help, labelNames = []) {
      if (name.endsWith('_total')) throw new Error(`The gauge ${name} must not end with _total`);
      const seriesOf = define('gauge', name, help, labelNames, () => ({ value: 0 }), singleLine(name));
      return {
        set(value, ...labels) {
          seriesOf(labels).value = value;
        },
        add(amount, ...labels) {
          seriesOf(labels).value += amount;
        },
      };
    },

    histogram(name, help, bounds, labelNames = []) {
      if (!/_(?:seconds|bytes)$/.test(name)) throw new Error(`The histogram ${name} must end with its unit`);
      const fresh = () => ({ counts: new Float64Array(bounds.length + 1), sum: 0 });
      const seriesOf = define('histogram', name, help, labelNames, fresh, ({ counts, sum }, labels) => {
        let below = 0;
        const buckets = [...bounds, '+Inf'].map((bound, index) => {
          below += counts[index] as number;
          return `${name}_bucket${withLabel(labels, `le="${bound}"`)} ${below}`;
        });
        return [...buckets, `${name}_sum${labels} ${sum}`, `${name}_count${labels} ${below}`];
      });
      return {
        observe(value, ...labels) {
          const series = seriesOf(labels);
          let bucket = 0;
          while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
          (series.counts[bucket] as number)++;
          series.sum += value;
        },
      };
    },

    beforeReading: (collect) => void collectors.push(collect),

    async text() {
      await Promise.allSettled(collectors.map(async (collect) => collect()));
      return `${families.flatMap((family) => family.lines()).join('\n')}\n`;
    },
  };
}

function singleLine(name: string): (series: { readonly value: number }, labels: string) => string[] {
  return ({ value }, labels) => [`${name}${labels} ${value}`];
}

/** `{method="GET",route="blob"}`; empty without labels. */
function labelText(names: readonly string[], values: Labels): string {
  if (names.length === 0) return '';
  const escaped = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${names.map((name, index) => `${name}="${escaped(values[index] ?? '')}"`).join(',')}}`;
}

function withLabel(labels: string, more: string): string {
  return labels === '' ? `{${more}}` : `${labels.slice(0, -1)},${more}}`;
}
