import { decodeName } from '@lading/tar';

/** The paths of a package's `.list`: a path a line, from the root, the first of which is `/.`. */
export function* pathsOfList(bytes: Buffer): Generator<string> {
  for (const line of lines(bytes)) if (line.startsWith('/') && line !== '/.' && line !== '/') yield line.slice(1);
}

/** The paths of a package's `.md5sums`: the digest and two blanks before each path, which has no leading `/`. */
export function* pathsOfMd5sums(bytes: Buffer): Generator<string> {
  for (const line of lines(bytes)) {
    const [, path] = /^[0-9a-f]{32} [ *](.+)$/.exec(line) ?? [];
    if (path !== undefined) yield path.replace(/^\.?\//, '');
  }
}

function* lines(bytes: Buffer): Generator<string> {
  const text = decodeName(bytes);
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    yield text.slice(start, end);
    start = end + 1;
  }
}
