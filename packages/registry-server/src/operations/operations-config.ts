import type { Secret } from '@lading/errors';
import { Type } from 'typebox';
import {
  addressText,
  type ConfigSection,
  closed,
  defineSection,
  headersMap,
  parseHeaders,
} from '../config/config-section.ts';

/** What is told about the registry, and to whom. */
export interface OperationsConfig {
  /** A second `host:port`, without TLS and permissions, for health and metrics alone. */
  readonly listen?: string | undefined;
  /** `/metrics` answers whoever asks, also where the registry itself listens. */
  readonly openMetrics: boolean;
  readonly log?: 'none' | 'text' | 'json' | undefined;
  readonly traces?: TracesConfig | undefined;
}

/** Where traces go, and which. */
export interface TracesConfig {
  /** Of an OTLP/HTTP receiver, such as `http://127.0.0.1:4318`: what OTEL_EXPORTER_OTLP_ENDPOINT says otherwise. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** Of the requests that no caller has decided for: from 0 to 1. */
  readonly ratio: number;
}

const schema = closed({
  listen: Type.Optional(addressText),
  'open-metrics': Type.Optional(Type.Boolean()),
  log: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('text'), Type.Literal('json')])),
  traces: Type.Optional(
    closed({
      endpoint: Type.String({ pattern: '^https?://', title: 'a URL, such as http://127.0.0.1:4318' }),
      headers: Type.Optional(headersMap),
      ratio: Type.Optional(Type.Number({ minimum: 0, maximum: 1, title: 'a number from 0 to 1' })),
    }),
  ),
});

export const operationsSection: ConfigSection<OperationsConfig> = defineSection(
  'operations',
  schema,
  async (value = {}, source) => {
    const { traces } = value;
    return {
      listen: value.listen,
      openMetrics: value['open-metrics'] ?? false,
      log: value.log,
      ...(traces === undefined
        ? {}
        : {
            traces: {
              endpoint: traces.endpoint,
              headers: await parseHeaders(traces.headers, ['operations', 'traces', 'headers'], source),
              ratio: traces.ratio ?? 1,
            },
          }),
    };
  },
);
