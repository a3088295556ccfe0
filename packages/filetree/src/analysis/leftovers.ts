import type { FileNode } from '../file-node.ts';

/** What a program left behind that an image does not need. */
export interface Leftover {
  /** What it is, such as `apt package lists`. */
  readonly what: string;
  /** How to keep it out of the layer. */
  readonly advice: string;
  readonly files: number;
  /** Bytes. */
  readonly size: number;
  /** The directory that has most of it, or all. */
  readonly where: string;
}

interface Rule {
  readonly what: string;
  readonly advice: string;
  readonly paths: RegExp;
}

const cacheMount = (target: string): string => `RUN --mount=type=cache,target=${target}`;

/** The first that fits counts. Paths have no leading slash. */
const rules: readonly Rule[] = [
  {
    what: 'apt package lists',
    paths: /^var\/lib\/apt\/lists\//,
    advice: `rm -rf /var/lib/apt/lists/* in the same RUN, or ${cacheMount('/var/lib/apt')}`,
  },
  {
    what: 'apt archives and caches',
    paths: /^var\/cache\/apt\//,
    advice: `apt-get clean in the same RUN, or ${cacheMount('/var/cache/apt')}`,
  },
  {
    what: 'dpkg and debconf backups',
    paths: /^var\/(?:lib\/dpkg|cache\/debconf)\/[^/]*-old$/,
    advice: 'rm /var/lib/dpkg/*-old /var/cache/debconf/*-old in the same RUN',
  },
  {
    what: 'apk cache',
    paths: /^(?:var\/cache|etc)\/apk\/(?:cache\/)?[^/]*\.(?:apk|tar\.gz)$/,
    advice: 'apk add --no-cache',
  },
  {
    what: 'dnf, yum and zypper caches',
    paths: /^var\/cache\/(?:dnf|libdnf5|yum|zypp)\//,
    advice: `dnf clean all in the same RUN, or ${cacheMount('/var/cache/dnf')}`,
  },
  { what: 'pacman cache', paths: /^var\/cache\/pacman\//, advice: cacheMount('/var/cache/pacman') },
  {
    what: 'pip cache',
    paths: /(?:^|\/)\.cache\/(?:pip|pipenv|uv|pypoetry)\//,
    advice: `pip install --no-cache-dir, or ${cacheMount('/root/.cache/pip')}`,
  },
  {
    what: 'npm, yarn and pnpm caches',
    paths:
      /(?:^|\/)(?:\.npm\/_(?:cacache|logs)|\.cache\/yarn|\.yarn\/berry\/cache|\.pnpm-store|\.local\/share\/pnpm\/store)\//,
    advice: `npm cache clean --force in the same RUN, or ${cacheMount('/root/.npm')}`,
  },
  {
    what: 'Go build and module caches',
    paths: /(?:^|\/)(?:\.cache\/go-build|go\/pkg\/(?:mod|sumdb))\//,
    advice: `a build stage of its own, or ${cacheMount('/root/.cache/go-build')}`,
  },
  {
    what: 'cargo registry',
    paths: /(?:^|\/)\.?cargo\/(?:registry|git)\//,
    advice: `a build stage of its own, or ${cacheMount('/usr/local/cargo/registry')}`,
  },
  {
    what: 'Maven and Gradle caches',
    paths: /(?:^|\/)\.(?:m2\/repository|gradle\/caches)\//,
    advice: `a build stage of its own, or ${cacheMount('/root/.m2')}`,
  },
  { what: 'gem cache', paths: /\/gems\/[^/]+\/cache\/[^/]+\.gem$/, advice: 'rm -rf the cache folder in the same RUN' },
  {
    what: 'composer cache',
    paths: /(?:^|\/)\.(?:composer\/cache|cache\/composer)\//,
    advice: cacheMount('/root/.composer/cache'),
  },
  { what: 'Git repository', paths: /(?:^|\/)\.git\//, advice: 'put .git into .dockerignore' },
  {
    what: 'Python bytecode',
    paths: /(?:^|\/)__pycache__\/[^/]+\.pyc$/,
    advice: 'ENV PYTHONDONTWRITEBYTECODE=1 while installing (the first start takes longer)',
  },
  {
    what: 'temporary files',
    paths: /^(?:var\/)?tmp\//,
    advice: 'rm in the same RUN, or RUN --mount=type=tmpfs,target=/tmp',
  },
  { what: 'logs', paths: /^var\/log\//, advice: 'rm in the same RUN' },
  {
    what: 'ldconfig, man and font caches',
    paths: /^var\/cache\/(?:ldconfig|man|fontconfig)\//,
    advice: 'rm in the same RUN',
  },
];

/** What package managers and others left behind among these files, the largest first. Empty files are none. */
export function leftoversAmong(files: Iterable<FileNode>): Leftover[] {
  const found = new Map<Rule, FileNode[]>();
  for (const file of files) {
    if (file.size === 0) continue;
    const rule = rules.find(({ paths }) => paths.test(file.path));
    if (rule === undefined) continue;
    const same = found.get(rule);
    if (same === undefined) found.set(rule, [file]);
    else same.push(file);
  }
  return [...found]
    .map(([{ what, advice }, nodes]) => ({
      what,
      advice,
      files: nodes.length,
      size: nodes.reduce((sum, { size }) => sum + size, 0),
      where: sharedFolder(nodes.map(({ path }) => path)),
    }))
    .sort((a, b) => b.size - a.size);
}

/** The deepest directory that all have in common; where that is the root, the one of the first. */
function sharedFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => path.split('/').slice(0, -1));
  const [first = []] = folders;
  let length = first.length;
  for (const folder of folders) {
    let same = 0;
    while (same < length && folder[same] === first[same]) same += 1;
    length = same;
  }
  return first.slice(0, length === 0 ? first.length : length).join('/');
}
