import type { Repository } from '@lading/store';

/** The name within its service of a source from which the target can mount; undefined where bytes have to move. */
export function mountableFrom(source: Repository, target: Repository): string | undefined {
  if (target.content.mount === undefined || source.content.mount === undefined) return undefined;
  const [from, to] = [split(source.name), split(target.name)];
  if (from === undefined || to === undefined) return undefined;
  return from.service === to.service && from.name !== to.name ? from.name : undefined;
}

function split(name: string): { service: string; name: string } | undefined {
  const slash = name.indexOf('/');
  return slash <= 0 ? undefined : { service: name.slice(0, slash), name: name.slice(slash + 1) };
}
