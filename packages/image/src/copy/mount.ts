import type { Digest } from '@lading/oci';
import type { Repository } from '@lading/store';

/** The names within its service from which the target may be able to mount; none where bytes have to move. */
export async function mountableFrom(
  source: Repository,
  target: Repository,
  digest: Digest,
): Promise<readonly string[]> {
  if (target.content.mount === undefined) return [];
  const own = source.content.mount === undefined ? [] : [source.name];
  const known = (await source.content.knownAt?.(digest)) ?? [];
  return [...own, ...known].flatMap((name) => nameWithin(name, target.name) ?? []);
}

/** The name of another repository of the same service. */
function nameWithin(source: string, target: string): string | undefined {
  const [from, to] = [split(source), split(target)];
  if (from === undefined || to === undefined) return undefined;
  return from.service === to.service && from.name !== to.name ? from.name : undefined;
}

function split(name: string): { service: string; name: string } | undefined {
  const slash = name.indexOf('/');
  return slash <= 0 ? undefined : { service: name.slice(0, slash), name: name.slice(slash + 1) };
}
