import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { invalidRecord, readText } from '../record-file.ts';
import { parseGemspec } from './gemspec.ts';

/** They list the files of the gem; the largest have some 1 MB. */
const MAX_GEMSPEC = 8 << 20;

/**
 * Installed gems: `specifications/NAME-VERSION.gemspec`, with those that come with Ruby in `specifications/default`, and the gems that
 * Bundler took from git, whose evaluated gemspec lies in `bundler/gems/`.
 *
 * Not found: `Gemfile.lock`, which says what was to be installed, and the gemspec in the folder of a gem, which is its author's program.
 */
export const rubyCataloger: Cataloger = {
  name: 'ruby',
  wants: ({ type, path }) => type === 'file' && path.endsWith('.gemspec') && (isSpecification(path) || isFromGit(path)),
  read: readGemspec,
};

function isSpecification(path: string): boolean {
  const folder = `/${path.slice(0, Math.max(0, path.lastIndexOf('/')))}`;
  return folder.endsWith('/specifications') || folder.endsWith('/specifications/default');
}

/** `bundler/gems/rails-0123456789ab/activerecord/activerecord.gemspec`: as deep as Bundler looks, two folders. */
function isFromGit(path: string): boolean {
  const at = path.lastIndexOf('bundler/gems/');
  if (at < 0 || (at > 0 && path[at - 1] !== '/')) return false;
  const depth = path.slice(at).split('/').length - 'bundler/gems/CHECKOUT/FILE'.split('/').length;
  return depth >= 0 && depth <= 2;
}

async function* readGemspec(file: CatalogedFile): AsyncIterable<Fact> {
  const gem = parseGemspec(await readText(file, MAX_GEMSPEC));
  if (gem !== undefined) {
    yield { kind: 'package', package: { type: 'gem', ...gem } };
  } else if (isSpecification(file.path)) {
    throw invalidRecord(file.path, 'it has no name and version that can be read without running it');
  }
}
