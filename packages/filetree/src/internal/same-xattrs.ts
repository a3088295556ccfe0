import type { TarHeader } from '@lading/tar';

type Xattrs = TarHeader['xattrs'];

/** Whether two nodes have the same extended attributes; having none is the same as an empty list. */
export function sameXattrs(a: Xattrs, b: Xattrs): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false;
  for (const [name, value] of a ?? []) {
    const other = b?.get(name);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}
