import { LadingError, nearest } from '@lading/errors';
import { type CommandModule, examples, flagOption, type OptionValues, type Result } from '../command.ts';
import { printableLine } from '../printable.ts';
import { configureRegistryApi, type RegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, shortDigest, table } from '../table.ts';

interface Image {
  readonly digest: string;
  readonly platform: string;
  readonly repositories: readonly {
    readonly name: string;
    readonly tags: readonly string[];
    readonly pushedAt: string;
    readonly pulledAt?: string;
  }[];
}

interface PackageImage extends Image {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly layer: number;
}

interface AffectedImage extends PackageImage {
  readonly severity: string;
  readonly fixedVersion?: string;
}

interface DerivedImage extends Image {
  readonly baseLayers: number;
  readonly layers: number;
  readonly through?: string;
}

interface SecretImage extends Image {
  readonly rule: string;
  readonly path: string;
  readonly layer?: number;
  readonly hiddenBy?: number;
}

interface Search {
  readonly api: RegistryApi;
  readonly text: string;
  readonly options: OptionValues;
  readonly signal: AbortSignal;
}

const searches: Readonly<Record<string, (search: Search) => Promise<Result>>> = {
  packages,
  bases,
  secrets,
  vulnerabilities,
};

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<what>', Object.keys(searches).join(', '))
      .argument('[query...]', 'of packages a name and a range of versions; of bases an image; of vulnerabilities an id')
      .option('--of', 'with bases: what the image was built on, not what was built on it');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      `\nA secret is read from stdin and never leaves this machine: the registry is asked for its fingerprints.\n${examples(
        ["lading registry search packages 'openssl <3.0.15'", 'images with an openssl older than that'],
        ["lading registry search packages 'npm:lodash >=4 <4.17.21'", 'of one kind of packages'],
        ['lading registry search bases base/debian:12', 'images that were built on it'],
        ['lading registry search bases --of team/app:1', 'what an image was built on'],
        ['lading registry search vulnerabilities CVE-2024-5535', 'images that have it'],
        ['lading registry search secrets < token.txt', 'images that hold a secret'],
      )}`,
    );
  },

  run(context, [what = '', ...query], options) {
    const search = Object.hasOwn(searches, what) ? searches[what] : undefined;
    if (search === undefined) {
      const near = nearest(what, Object.keys(searches));
      throw new LadingError('USAGE', `Cannot search for ${JSON.stringify(what)}: there is no such thing`, {
        hint: near === undefined ? `Search for ${Object.keys(searches).join(', ')}.` : `Did you mean "${near}"?`,
      });
    }
    const text = query.join(' ').trim();
    if (text === '' && search !== secrets) {
      throw new LadingError('USAGE', `Cannot search for ${what}: what is sought is missing`, {
        hint: `See "lading registry search --help".`,
      });
    }
    return withRegistryApi(context, options, (api) => search({ api, text, options, signal: context.signal }));
  },
};

async function packages({ api, text }: Search): Promise<Result> {
  const found = await Array.fromAsync(
    api.list<PackageImage>('/search/packages', `search for ${text}`, { query: text }),
  );
  return shown(found, ['PACKAGE', 'LAYER'], (image) => [packageOf(image), String(image.layer)]);
}

async function vulnerabilities({ api, text }: Search): Promise<Result> {
  const found = await Array.fromAsync(
    api.list<AffectedImage>('/search/vulnerabilities', `search for ${text}`, { id: text }),
  );
  return shown(found, ['PACKAGE', 'FIXED IN', 'SEVERITY', 'LAYER'], (image) => [
    ...[packageOf(image), image.fixedVersion ?? '-', image.severity, String(image.layer)],
  ]);
}

async function bases({ api, text, options }: Search): Promise<Result> {
  if (flagOption(options, 'of')) {
    const { items } = await api.get<{ items: (Image & { readonly layers: number })[] }>(
      '/search/bases',
      `find the base of ${text}`,
      { image: text },
    );
    return shown(items, ['LAYERS'], ({ layers }) => [String(layers)]);
  }
  const found = await Array.fromAsync(
    api.list<DerivedImage>('/search/derived', `find what was built on ${text}`, { base: text }),
  );
  return shown(found, ['LAYERS', 'THROUGH'], ({ baseLayers, layers, through }) => [
    `${baseLayers} of ${layers}`,
    through === undefined ? '-' : shortDigest(through),
  ]);
}

async function secrets({ api, text, signal }: Search): Promise<Result> {
  const fingerprints = await fingerprintsGiven(text, signal);
  const found: SecretImage[] = [];
  for (let after: string | undefined; ; ) {
    const page: { readonly items: readonly SecretImage[]; readonly next?: string } = await api.send(
      'POST',
      '/search/secrets',
      'search for a secret',
      { fingerprints, limit: 1000, ...(after === undefined ? {} : { after }) },
    );
    found.push(...page.items);
    if (page.next === undefined) break;
    after = page.next;
  }
  return shown(found, ['RULE', 'LAYER', 'PATH'], ({ rule, path, layer, hiddenBy }) => [
    rule,
    layer === undefined ? '-' : hiddenBy === undefined ? String(layer) : `${layer}, hidden by ${hiddenBy}`,
    path,
  ]);
}

/** No secret is longer than a large private key. */
const maxSecretBytes = 64 * 1024;

async function fingerprintsGiven(text: string, signal: AbortSignal): Promise<readonly string[]> {
  if (/^[0-9a-f]{64}$/.test(text)) return [text];
  if (text !== '' && text !== '-') {
    throw new LadingError('USAGE', 'Cannot search for a secret on the command line: others can read it there', {
      hint: 'Give it on stdin: lading registry search secrets < FILE. A fingerprint has 64 hexadecimal digits.',
    });
  }
  if (process.stdin.isTTY) {
    throw new LadingError('USAGE', 'Cannot read the secret from stdin: it is the terminal', {
      hint: 'Use a file or a pipe: lading registry search secrets < FILE',
    });
  }
  const [{ collect, withSignal }, { fingerprintsOf }] = await Promise.all([
    import('@lading/bytes'),
    import('@lading/contents'),
  ]);
  const secret = await collect(withSignal(process.stdin, signal), { maxBytes: maxSecretBytes, what: 'the secret' });
  if (secret.toString('latin1').trim() === '') {
    throw new LadingError('USAGE', 'Cannot search for a secret: stdin is empty');
  }
  return fingerprintsOf(secret);
}

/** A line for each repository that has the image. */
function shown<T extends Image>(
  found: readonly T[],
  head: readonly string[],
  cells: (image: T) => readonly string[],
): Result {
  const rows = found.flatMap((image) =>
    image.repositories.map(({ name, tags, pushedAt, pulledAt }) =>
      [
        tags.length === 0 ? name : `${name}:${tags.join(',')}`,
        ...[shortDigest(image.digest), image.platform, ...cells(image), formatDate(pushedAt), formatDate(pulledAt)],
      ].map(printableLine),
    ),
  );
  return { data: found, text: table(['IMAGE', 'DIGEST', 'PLATFORM', ...head, 'PUSHED', 'PULLED'], rows) };
}

function packageOf({ type, name, version }: PackageImage): string {
  return `${type}:${name} ${version}`;
}
