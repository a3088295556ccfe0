import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';

/**
 * A line for each path below a folder: everything of a file that an image can say, times in whole seconds. Folders are without:
 * their times change with what is put into them.
 */
export async function describeTree(folder: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const firstNames = new Map<number, string>();
  const xattrs = await readXattrs(folder);
  for (const path of await walk(folder)) {
    const stats = await lstat(join(folder, path));
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
    const facts = [path, mode, `${stats.uid}:${stats.gid}`];
    if (!stats.isDirectory()) facts.push(`mtime ${Math.floor(stats.mtimeMs / 1000)}`);
    if (stats.isSymbolicLink()) facts.push(`link ${await readlink(join(folder, path))}`);
    else if (stats.isDirectory()) facts.push('folder');
    else if (stats.isFile()) facts.push(`file ${await contentOf(join(folder, path))}`);
    else facts.push(stats.isFIFO() ? 'fifo' : `device ${stats.rdev}`);
    const first = firstNames.get(stats.ino);
    if (first !== undefined) facts.push(`is ${first}`);
    firstNames.set(stats.ino, first ?? path);
    facts.push(...(xattrs.get(path) ?? []));
    lines.push(facts.join(' '));
  }
  return lines;
}

/** Every path below a folder. `readdir` with `recursive` would follow links. */
async function walk(folder: string, below = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    paths.push(path, ...(entry.isDirectory() ? await walk(folder, path) : []));
  }
  return below === '' ? paths.sort() : paths;
}

async function contentOf(path: string): Promise<string> {
  const data = await readFile(path);
  return data.length < 20 ? JSON.stringify(data.toString()) : createHash('sha256').update(data).digest('hex');
}

/** Without the program getfattr there are none; nor those in which umoci notes the owners it could not set. */
async function readXattrs(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const program = findProgram('getfattr');
  if (program === undefined) return found;
  const { stdout } = await runProgram(program, ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'], { cwd: folder });
  let path = '';
  for (const line of stdout.split('\n')) {
    if (line.startsWith('# file: ')) {
      path = line.slice('# file: '.length);
      found.set(path, []);
    } else if (line !== '' && !line.startsWith('user.rootlesscontainers=')) found.get(path)?.push(line);
  }
  return found;
}
