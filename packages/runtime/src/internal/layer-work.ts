import { lstat, lutimes, readdir, rm } from 'node:fs/promises';
import type { Bytes, Io } from '@lading/bytes';
import { scanLayer, unpackLayer } from '@lading/filetree';
import type { TarEntry } from '@lading/tar';
import type { IdMapping } from '../engine/engine.ts';

// What is done to layers' files. It has to be done as root of the id mapping: in this process when that is the machine's root,
// else by the agent (agent.ts), which is this code in a child process inside the user namespace.

/** Unpacks a layer into an existing folder, as an overlay's lower folder on top of those `below`, the uppermost first. */
export async function unpack(
  tar: Bytes,
  directory: string,
  below: readonly string[],
  mapping: IdMapping,
  io: Io,
): Promise<void> {
  await unpackLayer(tar, directory, {
    ...io,
    below,
    whiteouts: 'overlay',
    owners: mapping === 'single' ? 'ignore' : 'keep',
    xattrPrefix: mapping === 'none' ? 'trusted' : 'user',
  });
}

/** The entries of an overlay's writable folder. */
export function scan(directory: string, epoch: number, io: Io): AsyncIterable<TarEntry> {
  return scanLayer(directory, { ...io, epoch, overlay: true });
}

/** Gives everything in a folder (but itself) the times it would have had when unpacked: whole seconds, none after the epoch. */
export async function clampTimes(directory: string | Buffer, epoch: number): Promise<void> {
  // Names as bytes: they need not be UTF-8.
  for (const entry of await readdir(Buffer.from(directory), { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([Buffer.from(directory), Buffer.from('/'), entry.name]);
    if (entry.isDirectory()) await clampTimes(path, epoch);
    await clampOne(path, epoch);
  }
}

async function clampOne(path: Buffer, epoch: number): Promise<void> {
  const { mtimeNs } = await lstat(path, { bigint: true });
  // Rounded down, also before 1970.
  const fraction = ((mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = Number((mtimeNs - fraction) / 1_000_000_000n);
  const clamped = Math.min(seconds, epoch);
  if (BigInt(clamped) * 1_000_000_000n !== mtimeNs) await lutimes(path, clamped, clamped);
}

/**
 * Removes what the patterns name below a folder: paths relative to it, where `*` stands for any part of a name and a part `**` for any
 * number of folders. Whiteouts stay: what a step deleted from the layers below stays deleted.
 */
export async function removeMatching(directory: string, patterns: readonly string[]): Promise<void> {
  const expression = new RegExp(`^(?:${patterns.map(expressionOf).join('|')})$`, 'su');
  const visit = async (folder: Buffer, above: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
      const path = Buffer.concat([folder, Buffer.from('/'), entry.name]);
      const name = above + entry.name.toString('utf8');
      if (entry.isCharacterDevice()) continue;
      if (expression.test(name)) await rm(path, { recursive: true, force: true });
      else if (entry.isDirectory()) await visit(path, `${name}/`);
    }
  };
  if (patterns.length > 0) await visit(Buffer.from(directory), '');
}

function expressionOf(pattern: string): string {
  return pattern
    .split('/')
    .map((part) => (part === '**' ? '(?:[^/]+/)*' : `${part.split('*').map(RegExp.escape).join('[^/]*')}/`))
    .join('')
    .replace(/\/$/, '');
}
