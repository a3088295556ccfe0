import type { RegistryEvent } from './events.ts';

export const cloudEventsContentType = 'application/cloudevents+json; charset=utf-8';

/** The event in the structured mode of CloudEvents 1.0 (§"JSON event format"). Of one `source`, an `id` is one event. */
export function cloudEvent(id: string, source: string, event: RegistryEvent): string {
  const { kind, at, repository, digest, tag, mediaType, size, actor, detail } = event;
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type: `lading.registry.${kind}`,
    ...subjectOf(event),
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: { ...(repository === '' ? {} : { repository }), digest, tag, mediaType, size, actor, ...detail },
  });
}

/** What it happened to, as references are written: `team/app:1.4`, `team/app@sha256:…`. */
function subjectOf({ repository, tag, digest }: RegistryEvent): { subject?: string } {
  const end = tag !== undefined ? `:${tag}` : digest === undefined ? '' : repository === '' ? digest : `@${digest}`;
  return repository + end === '' ? {} : { subject: repository + end };
}
