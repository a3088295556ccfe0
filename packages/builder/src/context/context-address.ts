import { LadingError } from '@lading/errors';
import { type Digest, isDigest, isTag } from '@lading/oci';
import { type GitAddress, parseGitAddress } from '../source/git/git-address.ts';

/** Where a context comes from. */
export type ContextAddress =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'git'; readonly address: GitAddress; readonly text: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'stdin' };

/** Where a named context comes from: also images. */
export type NamedAddress =
  | Exclude<ContextAddress, { kind: 'stdin' }>
  | { readonly kind: 'image'; readonly reference: string }
  | {
      readonly kind: 'layout';
      readonly path: string;
      readonly tag?: string | undefined;
      readonly digest?: Digest | undefined;
    }
  /** Of a kind that the caller of the build knows: `recipe:base.yaml`. */
  | { readonly kind: 'other'; readonly scheme: 'recipe'; readonly path: string };

/** Reads the argument of a build. A folder that is there is a folder, whatever it is called: `isFolder` says so. */
export function parseContextAddress(text: string, isFolder: boolean): ContextAddress {
  if (text === '-') return { kind: 'stdin' };
  if (isFolder) return { kind: 'folder', path: text };
  const address = parseGitAddress(text, { local: true, short: true });
  if (address !== undefined) return { kind: 'git', address, text };
  if (/^https?:\/\//.test(text)) return { kind: 'http', url: text };
  return { kind: 'folder', path: text };
}

/**
 * Reads the value of `--build-context NAME=VALUE`: `docker-image://`, `oci-layout://`, `recipe:`, `local:`, an address, or a folder.
 * Throws USAGE.
 */
export function parseNamedAddress(name: string, text: string): NamedAddress {
  const rest = (prefix: string): string => text.slice(prefix.length).replace(/^\/\//, '');
  if (text.startsWith('docker-image:')) return { kind: 'image', reference: rest('docker-image:') };
  if (text.startsWith('oci-layout:')) return layoutAddress(name, rest('oci-layout:'));
  if (text.startsWith('recipe:')) return { kind: 'other', scheme: 'recipe', path: rest('recipe:') };
  if (text.startsWith('local:')) return { kind: 'folder', path: rest('local:') };
  if (text.startsWith('git:') && !text.startsWith('git://')) return parseNamedAddress(name, rest('git:'));
  const found = parseContextAddress(text, false);
  if (found.kind === 'stdin' || text === '') {
    throw new LadingError('USAGE', `Cannot use --build-context ${name}=${text}: it names no place`, {
      hint: 'Give a folder, an address, docker-image://NAME, oci-layout://PATH or recipe:FILE.',
    });
  }
  return found;
}

/** `PATH`, `PATH:TAG`, `PATH@DIGEST`, `PATH:TAG@DIGEST`. */
function layoutAddress(name: string, text: string): NamedAddress {
  const at = text.lastIndexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const front = at < 0 ? text : text.slice(0, at);
  const colon = front.lastIndexOf(':');
  const tag = colon > front.lastIndexOf('/') ? front.slice(colon + 1) : undefined;
  const path = tag === undefined ? front : front.slice(0, colon);
  if (path !== '' && (digest === undefined || isDigest(digest)) && (tag === undefined || isTag(tag)))
    return { kind: 'layout', path, tag, ...(digest === undefined ? {} : { digest: digest as Digest }) };
  throw new LadingError('USAGE', `Cannot use --build-context ${name}=oci-layout://${text}`, {
    hint: 'Write oci-layout://PATH, oci-layout://PATH:TAG or oci-layout://PATH@sha256:….',
  });
}
