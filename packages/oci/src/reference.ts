import { LadingError, messageOf } from '@lading/errors';
import { type Digest, isDigest, parseDigest } from './digest.ts';

/**
 * Where an image is named: always with a registry, normalised as Docker does. With tag and digest together, the digest decides
 * and the tag is a note for people. With neither, it names the repository.
 */
export interface Reference {
  /** Host with an optional port, such as `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** Path inside the registry, such as `library/alpine`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export interface ParseReferenceOptions {
  /** The registry of names that have none; `docker.io` when left out. Only `docker.io` gets `library/` before single names. */
  readonly defaultRegistry?: string | undefined;
  /** The tag of names that have neither tag nor digest; `latest` when left out, none when `null`. */
  readonly defaultTag?: string | null | undefined;
}

const dockerHub = 'docker.io';
const legacyDockerHub = 'index.docker.io';
const officialPrefix = 'library/';
/** The most characters of a repository name, without its registry. */
const repositoryLimit = 255;
/** Far above what a host, a repository, a tag and a digest can have together; bounds the work on hostile text. */
const textLimit = 1024;

// The grammars of Docker's distribution/reference. Each is linear: what may follow is always decided by the next character.
const tagPattern = /^\w[\w.-]{0,127}$/;
const componentPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const domainPattern = /^[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*(?::[0-9]+)?$/;
const addressPattern = /^\[[a-fA-F0-9:]+\](?::[0-9]+)?$/;
const identifierPattern = /^[a-f0-9]{64}$/;

/** OCI distribution-spec 1.1 §pulling-manifests, `<reference>` as a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** A repository name without registry: lower-case components between slashes, 255 characters at most. */
export function isRepositoryName(text: string): boolean {
  return text.length <= repositoryLimit && text.split('/').every((component) => componentPattern.test(component));
}

/** A host name, IPv4 address or bracketed IPv6 address, with an optional port. */
export function isRegistryName(text: string): boolean {
  return text.length <= textLimit && (domainPattern.test(text) || addressPattern.test(text));
}

/**
 * Reads `[registry/]repository[:tag][@digest]` and fills in what Docker fills in: `alpine` is `docker.io/library/alpine:latest`.
 * Throws REFERENCE_INVALID, which says what is wrong where.
 */
export function parseReference(text: string, options: ParseReferenceOptions = {}): Reference {
  const { defaultRegistry = dockerHub, defaultTag = 'latest' } = options;
  checkWhole(text);
  const { registry, rest } = splitRegistry(text, defaultRegistry);
  if (!isRegistryName(registry)) {
    throw invalid(text, `"${registry}" is not a host name with an optional port`, hostHint(registry));
  }

  const at = rest.indexOf('@');
  const named = at < 0 ? rest : rest.slice(0, at);
  const digest = at < 0 ? undefined : readDigest(text, rest.slice(at + 1));
  const colon = named.indexOf(':');
  const name = colon < 0 ? named : named.slice(0, colon);
  const written = colon < 0 ? undefined : named.slice(colon + 1);
  if (written !== undefined && !isTag(written))
    throw invalid(text, tagFault(written), 'See the rules for tags: letters, digits, "_", "." and "-".');

  const repository = registry === dockerHub && !name.includes('/') && name !== '' ? officialPrefix + name : name;
  if (!isRepositoryName(repository)) throw repositoryError(text, name, repository);

  const tag = written ?? (digest === undefined && defaultTag !== null ? defaultTag : undefined);
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `the default ${tagFault(tag)}`);
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The canonical text, complete and unambiguous: `docker.io/library/alpine:3.20@sha256:…`. */
export function formatReference(reference: Reference): string {
  return repositoryOf(reference) + suffixOf(reference);
}

/**
 * The shortest text that means the same to `parseReference()`: `alpine:3.20`. Docker Hub's host and `library/` are left off unless
 * the rest would then be read as something else. A repository without tag and digest stays without.
 */
export function familiarReference(reference: Reference): string {
  const { registry, repository } = reference;
  if (registry !== dockerHub) return formatReference(reference);
  const short = repository.startsWith(officialPrefix) ? repository.slice(officialPrefix.length) : repository;
  for (const name of [short, repository]) {
    const text = name + suffixOf(reference);
    if (!identifierPattern.test(text) && meansSame(text, repository)) return text;
  }
  return formatReference(reference);
}

/** `registry/repository`, without tag and digest. */
export function repositoryOf(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`;
}

function suffixOf({ tag, digest }: Reference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

/** Docker decides by the first component alone whether it is a host. */
function splitRegistry(text: string, defaultRegistry: string): { registry: string; rest: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const isHost = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  const registry = isHost ? first : defaultRegistry;
  return { registry: registry === legacyDockerHub ? dockerHub : registry, rest: isHost ? text.slice(slash + 1) : text };
}

function meansSame(text: string, repository: string): boolean {
  const { registry, rest } = splitRegistry(text, dockerHub);
  const name = rest.split(/[:@]/, 1)[0] ?? '';
  return registry === dockerHub && (name.includes('/') ? name : officialPrefix + name) === repository;
}

function checkWhole(text: string): void {
  if (text === '') throw invalid(text, 'it is empty');
  if (text.length > textLimit) throw invalid(text, `it has ${text.length} characters, more than ${textLimit}`);
  const space = text.search(/[\s\p{Cc}]/u);
  if (space >= 0) throw invalid(text, `there is white space or a control character at position ${space + 1}`);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (scheme)
    throw invalid(text, `it starts with "${scheme[0]}"`, 'Leave the scheme off: a reference starts with the host.');
  if (identifierPattern.test(text)) {
    throw invalid(
      text,
      '64 hexadecimal digits are an image id, not a name',
      `Write a repository and this digest: NAME@sha256:${text}`,
    );
  }
  if (isDigest(text))
    throw invalid(text, 'a digest alone has no repository', `Write the repository before it: NAME@${text}`);
}

function readDigest(text: string, written: string): Digest {
  try {
    return parseDigest(written);
  } catch (cause) {
    throw new LadingError('REFERENCE_INVALID', `${prefix(text)}: after "@": ${messageOf(cause)}`, {
      hint: 'A digest looks like sha256: followed by 64 lower-case hexadecimal digits.',
      details: { reference: text.slice(0, textLimit) },
    });
  }
}

function repositoryError(text: string, name: string, repository: string): LadingError {
  if (name === '')
    return invalid(text, 'the repository is missing', 'Write it after the registry: REGISTRY/REPOSITORY[:TAG].');
  if (name !== name.toLowerCase()) {
    const wanted = text.replace(name, () => name.toLowerCase());
    return invalid(
      text,
      `the repository "${name}" has upper-case letters`,
      `Repository names are lower case: ${wanted}`,
    );
  }
  if (repository.length > repositoryLimit) {
    return invalid(text, `the repository has ${repository.length} characters, more than ${repositoryLimit}`);
  }
  const component = name.split('/').find((part) => !componentPattern.test(part)) ?? '';
  const what = component === '' ? 'an empty part between slashes' : `the part "${component}"`;
  return invalid(
    text,
    `the repository has ${what}`,
    'Parts are lower-case letters and digits, separated inside by ".", "_", "__" or any number of "-".',
  );
}

function tagFault(tag: string): string {
  if (tag === '') return 'tag after ":" is empty';
  if (tag.length > 128) return `tag has ${tag.length} characters, more than 128`;
  if (/^[.-]/.test(tag)) return `tag "${tag}" starts with "${tag[0]}"`;
  const position = tag.search(/[^\w.-]/);
  return `tag "${tag}" has "${String.fromCodePoint(tag.codePointAt(position) ?? 0)}" at position ${position + 1}`;
}

function hostHint(registry: string): string | undefined {
  if (/^[a-fA-F0-9]*:[a-fA-F0-9:]*:/.test(registry)) return 'An IPv6 address stands in brackets: [::1]:5000/app.';
  if (registry !== registry.toLowerCase())
    return 'A first part with upper-case letters is read as a host; repository names are lower case.';
  return undefined;
}

function prefix(text: string): string {
  return `Cannot parse reference ${JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)}`;
}

function invalid(text: string, fault: string, hint?: string | undefined): LadingError {
  return new LadingError('REFERENCE_INVALID', `${prefix(text)}: ${fault}`, {
    hint: hint ?? 'A reference looks like registry.example.org/team/app:1.2 or app@sha256:….',
    details: { reference: text.slice(0, textLimit) },
  });
}
