import type { OriginOptions } from '../access/origin.ts';
import type { TracesConfig } from './operations-config.ts';
import type { Tracing } from './tracing.ts';

/** Opens it where configuration or environment want traces; only then is OpenTelemetry loaded. The caller closes it. */
export async function openTracing(
  options: {
    readonly config: TracesConfig | undefined;
    readonly version: string;
    readonly origin: OriginOptions;
  },
  env: NodeJS.ProcessEnv = process.env,
): Promise<Tracing | undefined> {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  const isOff = env.OTEL_SDK_DISABLED === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  if (isOff || (options.config === undefined && endpoint === '')) return undefined;
  const { openOtlpTracing } = await import('./otlp-tracing.ts');
  return openOtlpTracing(options);
}
