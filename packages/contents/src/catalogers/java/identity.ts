import { type Coordinates, isId, isVersion } from './coordinates.ts';
import { parseFileName, stemOf } from './file-name.ts';
import { knownGroup } from './known-groups.ts';

/** What is known of an archive, and what of it says so. */
export interface ArchiveEvidence {
  readonly path: string;
  /** From `META-INF/maven`: its own, and those of artifacts that were merged into it. */
  readonly poms: readonly Coordinates[];
  readonly manifest: ReadonlyMap<string, string>;
}

/**
 * Which artifact an archive is: the one of its poms that its file name tells, else what file name and manifest say. Undefined where no
 * version is sure. `groupId` is given only where it is: a manifest often names a product or a module instead.
 */
export function identify({ path, poms, manifest }: ArchiveEvidence): Coordinates | undefined {
  const own = ownPom(path, poms, manifest);
  if (own !== undefined) return withClassifier(own, path);
  const told = manifestVersion(manifest);
  const named = parseFileName(path, told);
  // Merged artifacts say nothing of what they were merged into, and neither does a file whose name does not tell.
  if (named === undefined && (poms.length > 0 || told === undefined)) return undefined;
  const { artifactId, version, classifier } = named ?? {
    artifactId: manifestName(path, manifest),
    version: told ?? '',
  };
  return { groupId: groupOf(artifactId, version, manifest), artifactId, version, classifier };
}

function ownPom(
  path: string,
  poms: readonly Coordinates[],
  manifest: ReadonlyMap<string, string>,
): Coordinates | undefined {
  const stem = stemOf(path);
  const named = poms
    .filter(({ artifactId, version }) => {
      const full = `${artifactId}-${version}`;
      // Some tools put the group in front.
      return stem === artifactId || `${stem}-`.startsWith(`${full}-`) || stem.endsWith(`.${full}`);
    })
    .sort((a, b) => b.artifactId.length - a.artifactId.length);
  if (named[0] !== undefined) return named[0];
  const titled = poms.find(({ artifactId }) => artifactId === manifest.get('implementation-title'));
  if (titled !== undefined) return titled;
  const [only] = poms;
  return only !== undefined && poms.length === 1 && (parseFileName(path) === undefined || stem.includes(only.version))
    ? only
    : undefined;
}

function withClassifier(own: Coordinates, path: string): Coordinates {
  const start = `${own.artifactId}-${own.version}-`;
  const stem = stemOf(path);
  return stem.startsWith(start) ? { ...own, classifier: stem.slice(start.length) } : own;
}

function manifestVersion(manifest: ReadonlyMap<string, string>): string | undefined {
  return ['implementation-version', 'plugin-version', 'bundle-version']
    .map((name) => manifest.get(name))
    .find(isVersion);
}

function manifestName(path: string, manifest: ReadonlyMap<string, string>): string {
  const title = manifest.get('implementation-title');
  return title !== undefined && isId(title) && !title.includes('.') ? title : stemOf(path);
}

/**
 * Jenkins plugins say their `Group-Id`. Maven writes its own into `Implementation-Vendor-Id`, where others name a company. The default of
 * Maven's bundle plugin for `Bundle-SymbolicName` is groupId and artifactId with a dot between: where it ends with the artifact's name, the
 * rest is its group, unless so little rests that the name is rather that of a package (`org.apache.velocity`).
 */
function groupOf(artifactId: string, version: string, manifest: ReadonlyMap<string, string>): string | undefined {
  const known = knownGroup(artifactId, version) ?? manifest.get('group-id');
  if (isId(known)) return known;
  const vendor = manifest.get('implementation-vendor-id');
  if (isId(vendor) && /maven/i.test(manifest.get('created-by') ?? '')) return vendor;
  const symbolic = manifest.get('bundle-symbolicname')?.split(';', 1)[0]?.trim();
  if (symbolic?.endsWith(`.${artifactId}`) !== true) return undefined;
  const rest = symbolic.slice(0, -artifactId.length - 1);
  return isId(rest) && rest.split('.').length >= 3 ? rest : undefined;
}
