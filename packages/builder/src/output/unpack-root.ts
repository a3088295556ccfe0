import type { Io } from '@lading/bytes';
import { unpackLayer } from '@lading/filetree';
import type { Layer } from '@lading/image';
import { type TarEntryInput, writeTar } from '@lading/tar';
import type { PlannedEntry } from '../copy/plan.ts';
import { createFileSystems, type FileSystem } from '../file-system.ts';
import { planNodes } from './file-system-entries.ts';

/** Of the bits of a mode: what would let others act as the user who unpacked the files. */
const setIds = 0o6000;

/**
 * Writes the root file system of an image into a folder, which is made where it is missing, as the user of this process: owners,
 * devices, extended attributes and setuid bits are left out. What is in the folder already stays, unless the image has something in its
 * place. Nothing outside is touched, whatever the image says: links are resolved inside the folder. Contents go from the layers to
 * the files, each layer read once. Throws UNPACK_FAILED, and as reading layers does.
 */
export async function unpackRoot(layers: readonly Layer[], folder: string, io: Io = {}): Promise<void> {
  const system = await createFileSystems().open(layers, io);
  const plan = planNodes(system.tree.walk()).flatMap(asOwn);
  const tar = writeTar(asTheyLie(system, plan, io), io);
  await unpackLayer(tar, folder, { whiteouts: 'keep', owners: 'ignore', signal: io.signal });
}

function asOwn({ xattrs: _xattrs, ...entry }: PlannedEntry): PlannedEntry[] {
  if (entry.type === 'character' || entry.type === 'block') return [];
  return [{ ...entry, mode: entry.mode & ~setIds }];
}

/** Folders before what they hold, contents in the order in which the layers have them, and links to them last. */
async function* asTheyLie(
  system: FileSystem,
  plan: readonly PlannedEntry[],
  io: Io,
): AsyncGenerator<TarEntryInput, void, undefined> {
  const byNode = new Map(plan.flatMap((entry) => (entry.from && entry.size > 0 ? [[entry.from, entry]] : [])));
  for (const entry of plan) if (entry.type !== 'hardlink' && !(entry.from && entry.size > 0)) yield header(entry);
  for await (const [node, content] of system.read([...byNode.keys()], io)) {
    const entry = byNode.get(node);
    if (entry !== undefined) yield { ...header(entry), content };
  }
  for (const entry of plan) if (entry.type === 'hardlink') yield header(entry);
}

function header({ from: _from, text: _text, ...rest }: PlannedEntry): TarEntryInput {
  return rest;
}
