import { type Coordinates, isId, isVersion } from './coordinates.ts';

/** What may follow the digits of a version. */
const QUALIFIER =
  /^(?:snapshot|release|final|ga|sp\d*|m\d+|(?:rc|cr|alpha|beta|b|v|pre|build|patch|incubating|preview|ea|redhat|jbossorg|jre|jdk|java|android|p)[.\d]*)$/i;
/** What may follow the version. */
const CLASSIFIER =
  /^(?:linux|osx|macos|mac|windows|win|aarch|arm|x86|amd64|ppc|s390x|riscv|musl|glibc|gpu|cpu|native|natives|shaded|all|uber|fat|full|standalone|jakarta|javax|hadoop|sources|javadoc|tests?|executable|boot|plain|runtime)/i;

/** No file system takes longer ones, archives do. */
const MAX_NAME = 255;

/**
 * What the file name `artifact-1.2.3-classifier.jar` says: the version starts at the first part that begins with a digit and has only digits
 * and words of versions behind it, so that `log4j-1.2-api-2.17.1` is taken for what it is. `version`, where the manifest says it, settles it.
 */
export function parseFileName(path: string, version?: string): Coordinates | undefined {
  const stem = stemOf(path);
  if (stem.length > MAX_NAME) return undefined;
  const at = version === undefined ? -1 : `${stem}-`.indexOf(`-${version}-`);
  if (at > 0 && version !== undefined) return named(stem.slice(0, at), version, stem.slice(at + version.length + 2));
  const parts = stem.split('-');
  for (let start = 1; start < parts.length; start++) {
    if (!/^\d/.test(parts[start] as string)) continue;
    let end = start + 1;
    while (end < parts.length && (/^\d/.test(parts[end] as string) || QUALIFIER.test(parts[end] as string))) end++;
    if (end < parts.length && !CLASSIFIER.test(parts[end] as string)) continue;
    const [name, own, rest] = [parts.slice(0, start), parts.slice(start, end), parts.slice(end)];
    return named(name.join('-'), own.join('-'), rest.join('-'));
  }
  return undefined;
}

/** The file's name without folders, the archives around it and its extension. */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
}

function named(artifactId: string, version: string, classifier: string): Coordinates | undefined {
  if (!isId(artifactId) || !isVersion(version)) return undefined;
  return { artifactId, version, ...(classifier === '' ? {} : { classifier }) };
}
