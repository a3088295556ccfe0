import type { GoBuildInfo } from './build-info.ts';

/**
 * The version of the module that the program itself is. Where Go knows none, `(devel)`, the one that the build was told to show
 * (`-ldflags "-X main.version=1.2.3"`), if it is one and the build was told no other.
 *
 * A commit (`vcs.revision`) makes no version: a pseudo-version of it, v0.0.0-…, would come before all releases, and the program would seem to
 * have every vulnerability that was ever fixed.
 */
export function mainVersion({ main, settings }: GoBuildInfo): string {
  if (main === undefined) return '';
  if (main.version !== '' && main.version !== '(devel)') return main.version;
  const told = new Set<string>();
  for (const { variable, value } of linkerVariables(settings.get('-ldflags') ?? '')) {
    const [, folder = '', name = ''] = /^(.*)\.([^.]*)$/.exec(variable) ?? [];
    const own = folder === 'main' || folder === main.path || folder.startsWith(`${main.path}/`);
    if (own && NAMES.test(name) && VERSION.test(value)) told.add(value.replace(/^v?/, 'v'));
  }
  const [version] = told;
  return version !== undefined && told.size === 1 ? version : '(devel)';
}

/** The variable's own name, not one that ends so: `minVersion` and `goVersion` are others' versions. */
const NAMES = /^(?:app|build|release|git|program)?_?version$/i;
const VERSION = /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]{1,64})?$/;

/** Each `-X path.name=value`; quotes are the shell's, around the whole or the value. */
function* linkerVariables(flags: string): Iterable<{ variable: string; value: string }> {
  const pattern = /(?:^|\s)["']?-{1,2}X(?:\s+|=)["']?([^\s"'=]{1,512})=["']?([^\s"']{1,256})/g;
  for (const [, variable = '', value = ''] of flags.matchAll(pattern)) yield { variable, value };
}
