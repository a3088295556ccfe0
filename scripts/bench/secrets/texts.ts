import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** Texts of several kinds, each of about `bytes` bytes: what images are full of, and what somebody would write to slow a scanner down. */
export function benchTexts(bytes: number): ReadonlyMap<string, Buffer> {
  const repeat = (text: string): Buffer => Buffer.alloc(bytes, text, 'latin1');
  return new Map([
    ['source code', gather(['packages/*/src/**/*.ts', 'node_modules/**/*.d.ts'], bytes)],
    ['JavaScript of packages', gather(['node_modules/**/*.js'], bytes)],
    ['JSON', gather(['node_modules/**/*.json'], bytes)],
    ['minified JavaScript', gather(['node_modules/**/*.min.js', 'node_modules/**/*.min.mjs'], bytes)],
    ['logs', logs(bytes)],
    ['base64, one line', base64(bytes)],
    ['hostile: one byte', repeat('a')],
    ['hostile: keywords', repeat(`password token secret ghp_ AKIA xoxb- ${header('')} .eyJ T3BlbkFJ `)],
    ['hostile: a prefix', repeat('ghp_')],
    ['hostile: assignments', repeat('password="')],
    ['hostile: headers of keys', repeat(header(''))],
    ['hostile: dots of tokens', repeat('eyJ.eyJ')],
    ['hostile: userinfo', repeat('https://a:')],
    ['hostile: near misses', repeat(`sk-${'A'.repeat(99)}T3BlbkFJ`)],
    ['hostile: keys without end', repeat(`${header('RSA ')}\n${'A1b/'.repeat(4000)}`)],
  ]);
}

/** The first line of a key, put together so that no scanner takes this file for one. */
function header(kind: string): string {
  return `-----BEGIN ${kind}${'PRIVATE'} KEY-----`;
}

/** Files one after the other, again from the first when there are too few. */
function gather(patterns: readonly string[], bytes: number): Buffer {
  const files = globSync([...patterns], { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile());
  const parts: Buffer[] = [];
  let length = 0;
  for (const { parentPath, name } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (length >= bytes) break;
    const content = readFileSync(join(parentPath, name));
    parts.push(content);
    length += content.length;
  }
  const all = Buffer.concat(parts).subarray(0, bytes);
  return all.length === 0 ? all : Buffer.alloc(bytes, all);
}

/** Lines of a web server and an application. */
function logs(bytes: number): Buffer {
  const lines: string[] = [];
  let length = 0;
  for (let index = 0; length < bytes; index++) {
    const id = createHash('md5').update(`${index}`).digest('hex');
    const line =
      index % 2 === 0
        ? `10.0.${index % 250}.7 - - [21/Nov/2026:10:00:00 +0000] "GET /api/items/${id} HTTP/1.1" 200 ${index} "https://example.org/" "Mozilla/5.0 (X11; Linux x86_64)"\n`
        : `2026-11-21T10:00:00.123Z INFO [worker-${index % 16}] session ${id} refreshed its token for user ${index} in ${index % 90} ms\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, bytes);
}

function base64(bytes: number): Buffer {
  const block = Buffer.concat(
    Array.from({ length: 4096 }, (_, index) => createHash('sha256').update(`${index}`).digest()),
  );
  return Buffer.alloc(bytes, block.toString('base64').replaceAll('=', ''));
}
