import { randomUUID } from 'node:crypto';
import {
  type Catalog,
  type ChangedVulnerability,
  type ChangeKind,
  type ConcernedPackage,
  changedVulnerabilities,
  concernedImages,
  concernedPackages,
  type Delivery,
  fleetPackageUrl,
  forgetChanges,
  locateImages,
  queueDeliveries,
} from '@lading/catalog';
import { throwIfAborted } from '@lading/errors';
import { severities } from '@lading/facts';
import { cloudEvent } from '../events/cloud-event.ts';
import type { RegistryEvent } from '../events/events.ts';
import type { Webhook } from '../events/webhook-config.ts';

export interface TellOptions {
  readonly catalog: Catalog;
  readonly hooks: readonly Webhook[];
  /** What the events say they come from: a URI. */
  readonly source: string;
  readonly signal: AbortSignal;
  /** Events to one receiver of one vulnerability; of the others it gets the number. */
  readonly most?: number | undefined;
}

/** Images of one vulnerability that are looked at; of the others there is the number. */
const mostImages = 10_000;

const kinds = { found: 'vulnerability.found', resolved: 'vulnerability.resolved' } as const;

/**
 * Tells webhooks of what other advisories found and resolved in images: one event for each image of a repository and vulnerability. Events
 * are queued in the transaction that notes that they were, so that however this ends, none is queued twice and none is lost.
 */
export async function tellChanges(options: TellOptions): Promise<{ readonly events: number }> {
  const { catalog, hooks, signal } = options;
  const { database } = catalog;
  const wanted = new Set<string>(Object.values(kinds));
  if (!hooks.some(({ events }) => events.some((kind) => wanted.has(kind)))) {
    await database.transaction((statements) => forgetChanges(statements));
    return { events: 0 };
  }
  for (let events = 0; ; ) {
    const [vulnerability] = await changedVulnerabilities(database, 1);
    if (vulnerability === undefined) return { events };
    throwIfAborted(signal);
    const deliveries = [
      ...(await deliveriesOf(options, vulnerability, 'found')),
      ...(await deliveriesOf(options, vulnerability, 'resolved')),
    ];
    await database.transaction(async (statements) => {
      await queueDeliveries(statements, deliveries, new Date());
      await forgetChanges(statements, vulnerability.id);
    });
    events += deliveries.length;
  }
}

async function deliveriesOf(
  { catalog: { database }, hooks, source, most = 100 }: TellOptions,
  vulnerability: ChangedVulnerability,
  change: ChangeKind,
): Promise<readonly Delivery[]> {
  const kind = kinds[change];
  const wanting = hooks.filter(({ events }) => events.includes(kind)).map((hook) => ({ hook, told: 0, left: 0 }));
  if (wanting.length === 0) return [];
  const { count, images } = await concernedImages(database, vulnerability.id, change, mostImages);
  const at = new Date();
  const base = { kind, actor: 'job:watch', at } as const;
  const { name, aliases } = vulnerability;
  const deliveries: Delivery[] = [];
  const queue = (hook: Webhook, event: RegistryEvent): void => {
    const id = `${at.toISOString()}-${randomUUID()}`;
    deliveries.push({ receiver: hook.name, event: id, body: cloudEvent(id, source, event) });
  };
  for (let from = 0; from < images.length; from += pageSize) {
    const page = images.slice(from, from + pageSize);
    const located = await locateImages(
      database,
      page.map(({ digest }) => digest),
      () => true,
    );
    const packages = await concernedPackages(
      database,
      vulnerability.id,
      change,
      page.map(({ id }) => id),
    );
    const byImage = Map.groupBy(packages, ({ image }) => image);
    for (const { id, digest, platform } of page) {
      for (const { name: repository, tags } of located.get(digest) ?? []) {
        const detail = { vulnerability: name, aliases, ...findingOf(byImage.get(id) ?? []), platform, tags };
        const event: RegistryEvent = { ...base, repository, digest, detail };
        for (const receiver of wanting) {
          if (!receiver.hook.wants(event)) continue;
          if (receiver.told === most) {
            receiver.left += 1;
            continue;
          }
          receiver.told += 1;
          queue(receiver.hook, event);
        }
      }
    }
  }
  for (const { hook, left } of wanting) {
    const images = left + Math.max(0, count - mostImages);
    if (images > 0) queue(hook, { ...base, repository: '', detail: { vulnerability: name, aliases, images } });
  }
  return deliveries;
}

/** Images whose places are looked up at once. */
const pageSize = 200;

/** Packages that one event names. */
const mostPackages = 20;

function findingOf(packages: readonly ConcernedPackage[]) {
  const worst = packages.map(({ severity }) => severity).sort((a, b) => severities.indexOf(a) - severities.indexOf(b));
  return {
    severity: worst[0] ?? 'unknown',
    packages: packages.slice(0, mostPackages).map(({ package: found, layer, fix, fixedVersion }) => ({
      purl: fleetPackageUrl(found),
      ...{ name: found.name, version: found.version, layer, fix, fixedVersion },
    })),
  };
}
