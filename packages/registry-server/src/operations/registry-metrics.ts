import { identityText } from '../access/identity.ts';
import { addressOf } from '../access/origin.ts';
import type { RegistryEvent } from '../events/events.ts';
import type { Registry } from '../exchange.ts';
import { createPullSessions } from './pull-sessions.ts';
import { repositoryOf, type ServedRequest } from './served-request.ts';

/** From a manifest out of memory to a large layer over a slow line. */
const latencies = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600];
const pulls = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];
const sizes = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];

const methods = new Set(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE']);

export interface RegistryMetrics {
  begin(): void;
  end(served: ServedRequest): void;
  close(): void;
}

/** What a registry counts of requests, pulls and pushes. No label has a repository, a tag or a user: there may be a million of them. */
export function createRegistryMetrics({
  metrics,
  events,
  origin,
}: Pick<Registry, 'metrics' | 'events' | 'origin'>): RegistryMetrics {
  const requests = metrics.counter('lading_http_requests_total', 'Requests that were answered.', [
    'method',
    'route',
    'code',
  ]);
  const duration = metrics.histogram(
    'lading_http_request_duration_seconds',
    'From the head of a request to the end of its answer.',
    latencies,
    ['method', 'route'],
  );
  const sent = metrics.counter('lading_http_response_bytes_total', 'Bytes of answers, without heads.', ['route']);
  const running = metrics.gauge('lading_http_requests_running', 'Requests that are being answered now.');
  const abandoned = metrics.counter('lading_http_requests_abandoned_total', 'Requests whose client went away.', [
    'route',
  ]);
  const sessions = metrics.counter(
    'lading_pull_sessions_total',
    "Pulls, each one client's requests for one repository until a pause of a minute: success, failure (the registry's), abandoned (the client's).",
    ['outcome'],
  );
  const pullDuration = metrics.histogram(
    'lading_pull_session_duration_seconds',
    'From the first request of a pull that went well to the end of its last.',
    pulls,
  );
  const uploads = metrics.counter(
    'lading_uploads_total',
    'Blob uploads that ended: committed, refused, cancelled, failed.',
    ['outcome'],
  );
  const uploadSize = metrics.histogram('lading_upload_size_bytes', 'Blobs that were uploaded.', sizes);
  const happened = metrics.counter('lading_events_total', 'What happened in the registry.', ['kind']);
  for (const outcome of ['success', 'failure', 'abandoned']) sessions.add(0, outcome);

  const pullSessions = createPullSessions(({ outcome, durationMs }) => {
    sessions.add(1, outcome);
    if (outcome === 'success') pullDuration.observe(durationMs / 1000);
  });
  const sweeper = setInterval(() => pullSessions.sweep(), 5000);
  sweeper.unref();
  const unsubscribe = events.subscribe((event: RegistryEvent) => {
    happened.add(1, event.kind);
    if (event.kind === 'upload' && event.size !== undefined) uploadSize.observe(event.size);
  });

  return {
    begin: () => running.add(1),
    end(served) {
      const { incoming, routeKind, answer, outcome, bytes, durationMs } = served;
      const method = methods.has(incoming.method) ? incoming.method : 'other';
      running.add(-1);
      requests.add(1, method, routeKind, String(answer.status));
      duration.observe(durationMs / 1000, method, routeKind);
      if (bytes > 0) sent.add(bytes, routeKind);
      if (outcome === 'abandoned') abandoned.add(1, routeKind);
      const { route } = incoming;
      if (route === undefined) return;
      const end = uploadOutcome(served);
      if (end !== undefined) uploads.add(1, end);
      const isRead = method === 'GET' && (route.kind === 'manifest' || route.kind === 'blob');
      // What is refused, or not there, was no pull, whoever waited for the answer.
      if (!isRead || (answer.status >= 400 && answer.status < 500)) return;
      const who = incoming.identity === undefined ? '' : identityText(incoming.identity);
      pullSessions.add({
        key: `${addressOf(incoming.request, origin)} ${who} ${repositoryOf(served)}`,
        part: route.kind === 'manifest' ? route.reference : route.digest,
        outcome,
        bytes,
        durationMs,
      });
    },
    close() {
      clearInterval(sweeper);
      unsubscribe();
      pullSessions.sweep(true);
    },
  };
}

/** How an upload ended, when this request ended it. */
function uploadOutcome({ incoming: { route, method }, answer, outcome }: ServedRequest): string | undefined {
  if (route?.kind !== 'upload' && route?.kind !== 'uploads') return undefined;
  if (outcome === 'failure') return 'failed';
  if (route.kind === 'upload' && method === 'DELETE') return answer.status === 204 ? 'cancelled' : undefined;
  if (method !== 'PUT' && !(route.kind === 'uploads' && answer.status === 201)) return undefined;
  return answer.status === 201 ? 'committed' : answer.status >= 400 ? 'refused' : undefined;
}
