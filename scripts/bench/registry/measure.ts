import { fileURLToPath } from 'node:url';
import { runProgram } from '@lading/testkit';
import { forgetPeak, peakBytesOf } from '../process-usage.ts';
import { inRounds } from '../rounds.ts';
import { type Summary, summarize } from '../statistics.ts';
import type { RegistryName, RunningRegistry } from './bench-peers.ts';
import type { Load, LoadResult } from './load.ts';
import type { Workload } from './workloads.ts';

/** One registry in one row. */
export interface Figures {
  readonly registry: RegistryName;
  /** Requests per second, or MB per second where content moves. */
  readonly throughput: Summary;
  readonly p50Ms: Summary;
  readonly p99Ms: Summary;
  /** CPU time of its process for a thousand requests, or for 1,000 MB. */
  readonly cpuMsPerThousand: Summary;
  readonly cpuSeconds: Summary;
  /** Cores that the load generator took. */
  readonly loadCores: Summary;
  /** Its largest resident set. */
  readonly peakBytes: number | undefined;
}

export interface Row {
  readonly workload: Pick<Workload, 'operation' | 'name' | 'connections' | 'bytes'>;
  readonly figures: readonly Figures[];
  /** Why a registry has no figures. */
  readonly failures: Readonly<Record<string, string>>;
}

const script = fileURLToPath(new URL('./load.ts', import.meta.url));
let runs = 0;

/** Measures all registries in turns; one that fails is left out of the row, with what it said. */
export async function measureRow(
  workload: Workload,
  registries: readonly RunningRegistry[],
  rounds: number,
): Promise<Row> {
  const failures: Record<string, string> = {};
  for (const registry of registries) {
    await workload.verify(registry).catch((error: unknown) => {
      failures[registry.name] = error instanceof Error ? error.message : String(error);
    });
    await forgetPeak(registry.pid);
  }
  const peaks = new Map<string, number | undefined>();
  const contenders = registries.map((registry) => ({
    name: registry.name,
    async measure(): Promise<LoadResult | undefined> {
      if (failures[registry.name] !== undefined) return undefined;
      try {
        const result = await generate({ ...workload.load, connections: workload.connections }, registry);
        if (workload.load.work.kind === 'push') await registry.forgetPushed(workload.load.work.repository);
        peaks.set(registry.name, await peakBytesOf(registry.pid));
        return result;
      } catch (error) {
        failures[registry.name] = error instanceof Error ? error.message : String(error);
        return undefined;
      }
    },
  }));
  const samples = await inRounds(rounds, contenders);
  const { operation, name, connections, bytes } = workload;
  const figures = registries.flatMap(({ name }): Figures[] => {
    const results = (samples.get(name) ?? []).filter((sample) => sample !== undefined);
    if (results.length === 0) return [];
    const of = (value: (result: LoadResult) => number): Summary => summarize(results.map(value));
    const units = ({ count }: LoadResult): number => (bytes === 0 ? count : (count * bytes) / 1e6);
    return [
      {
        registry: name,
        throughput: of((result) => (units(result) * 1000) / result.durationMs),
        p50Ms: of(({ latencyMs }) => latencyMs.p50),
        p99Ms: of(({ latencyMs }) => latencyMs.p99),
        cpuMsPerThousand: of((result) => (result.serverCpuMs * 1000) / units(result)),
        cpuSeconds: of(({ serverCpuMs }) => serverCpuMs / 1000),
        loadCores: of(({ cpuMs, durationMs }) => cpuMs / durationMs),
        peakBytes: peaks.get(name),
      },
    ];
  });
  return { workload: { operation, name, connections, bytes }, figures, failures };
}

/** Runs the load generator in a process of its own. */
export async function generate(
  workload: Omit<Load, 'port' | 'pid'>,
  { port, pid }: Pick<RunningRegistry, 'port' | 'pid'>,
): Promise<LoadResult> {
  const { work } = workload;
  // Every run pushes what no other has.
  const fresh = 'run' in work ? { ...work, run: `${work.run}-${++runs}` } : work;
  const load: Load = { ...workload, work: fresh, port, pid };
  const { code, stdout, stderr } = await runProgram(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, JSON.stringify(load)],
    { timeoutMs: 600_000 },
  );
  if (code === 0) return JSON.parse(stdout) as LoadResult;
  const reason = stderr.split('\n').find((line) => line.includes('Error')) ?? stderr;
  throw new Error(`the load generator failed: ${reason}`);
}
