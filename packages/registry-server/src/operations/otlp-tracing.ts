import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { messageOf } from '@lading/errors';
import { type Context, createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { addressOf, type OriginOptions } from '../access/origin.ts';
import type { TracesConfig } from './operations-config.ts';
import { digestOf, repositoryOf, type ServedRequest } from './served-request.ts';
import { type BeginSpan, tracedCalls } from './traced-calls.ts';
import type { Tracing } from './tracing.ts';

export interface OtlpOptions {
  /** Without it, what the environment says (OpenTelemetry specification, "OTLP exporter configuration"). */
  readonly config: TracesConfig | undefined;
  readonly version: string;
  readonly origin: OriginOptions;
}

/** Paths of routes, as the specification of the protocol writes them; spans are named by them. */
const routePaths: Readonly<Record<string, string>> = {
  base: '/v2/',
  catalog: '/v2/_catalog',
  tags: '/v2/:name/tags/list',
  manifest: '/v2/:name/manifests/:reference',
  blob: '/v2/:name/blobs/:digest',
  uploads: '/v2/:name/blobs/uploads/',
  upload: '/v2/:name/blobs/uploads/:id',
  referrers: '/v2/:name/referrers/:digest',
  api: '/api/v1',
};

/** Traces sent over OTLP/HTTP. What runs within a request finds its span without being handed it. */
export function openOtlpTracing({ config, version, origin }: OtlpOptions): Tracing {
  const exporter = new OTLPTraceExporter(config === undefined ? {} : exporterOf(config));
  const own = resourceFromAttributes({ 'service.name': 'lading-registry', 'service.version': version });
  // The environment is asked last, so that whoever runs it has the last word.
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config?.ratio ?? 1) }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('lading', version);
  const current = new AsyncLocalStorage<Context>();

  const begin: BeginSpan = (name, argument) => {
    const parent = current.getStore();
    // Outside requests there is nothing that it would be a part of.
    if (parent === undefined) return () => {};
    const attributes = typeof argument === 'string' ? { 'lading.argument': argument } : {};
    const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
    return (error) => {
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
      span.end();
    };
  };

  return {
    begin(request) {
      const parent = parentOf(request);
      const span = tracer.startSpan(request.method ?? 'GET', { kind: SpanKind.SERVER }, parent);
      return {
        traceId: span.spanContext().traceId,
        run: (work) => current.run(trace.setSpan(parent, span), work),
        end(served) {
          if (span.isRecording()) {
            span.updateName(`${served.incoming.method} ${routePaths[served.routeKind] ?? served.path}`);
            span.setAttributes(attributesOf(served, origin));
            if (served.outcome === 'failure') {
              const { error } = served;
              span.setStatus({
                code: SpanStatusCode.ERROR,
                ...(error === undefined ? {} : { message: messageOf(error) }),
              });
            }
          }
          span.end();
        },
      };
    },
    content: (content) => tracedCalls(content, 'storage', begin, { begin: 'ingest', resume: 'ingest' }),
    catalog: (catalog) => tracedCalls(catalog, 'database', begin, { references: 'references', ledger: 'ledger' }),
    async close() {
      await provider.shutdown();
    },
  };
}

/** The span that a caller says this is a part of (W3C Trace Context). */
function parentOf({ headers }: IncomingMessage): Context {
  const [, traceId = '', spanId = '', flags = ''] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(String(headers.traceparent ?? '')) ?? [];
  if (traceId === '' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT;
  const state = headers.tracestate;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(String(state)) }),
  });
}

/** OpenTelemetry semantic conventions, HTTP server spans. */
function attributesOf(served: ServedRequest, origin: OriginOptions): Record<string, string | number> {
  const { incoming, path, routeKind, answer, bytes } = served;
  const agent = incoming.request.headers['user-agent'];
  const repository = repositoryOf(served);
  const digest = digestOf(served);
  return {
    'http.request.method': incoming.method,
    'http.response.status_code': answer.status,
    'http.response.body.size': bytes,
    'url.path': path,
    'client.address': addressOf(incoming.request, origin),
    ...(routePaths[routeKind] === undefined ? {} : { 'http.route': routePaths[routeKind] }),
    ...(agent === undefined ? {} : { 'user_agent.original': agent }),
    ...(repository === undefined ? {} : { 'lading.repository': repository }),
    ...(digest === undefined ? {} : { 'lading.digest': digest }),
  };
}

function exporterOf({ endpoint, headers }: TracesConfig): { url: string; headers: Record<string, string> } {
  const given = Object.entries(headers).map(([name, value]) => [name, value.reveal()]);
  return { url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, headers: Object.fromEntries(given) };
}
