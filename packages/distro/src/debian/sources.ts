import { LadingError } from '@lading/errors';
import { parseControl } from './control.ts';

/** One archive that apt may be configured with: every suite at every URI. sources.list(5). */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  /** Empty when the suites are exact paths that end in `/`. */
  readonly components: readonly string[];
  /** Empty: the machine's own. */
  readonly architectures: readonly string[];
  /** Keyring files, absolute; or, one item, an armoured key block. Empty: apt's trusted keyrings. */
  readonly signedBy: readonly string[];
  /** False when the source says that an expired Release file is fine. */
  readonly checkValidUntil: boolean;
}

/** A one-line-style file (`sources.list`, `*.list`). Lines that are not `deb` are read over. Throws CONTROL_INVALID. */
export function parseSourcesList(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const bare = line.replace(/#.*$/, '').trim();
    if (bare === '' || !/^deb\s/.test(bare)) continue;
    const match = /^deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*(.*)$/.exec(bare);
    if (match === null) {
      throw new LadingError(
        'CONTROL_INVALID',
        `Cannot read an apt source: line ${index + 1} is not "deb URI suite components"`,
        {
          details: { line: index + 1 },
        },
      );
    }
    const [, optionText = '', uri = '', suite = '', components = ''] = match;
    const options = new Map(
      optionText
        .split(/\s+/)
        .filter((word) => word.includes('='))
        .map((word) => {
          const equals = word.indexOf('=');
          return [word.slice(0, equals).toLowerCase(), word.slice(equals + 1)] as const;
        }),
    );
    const list = (name: string): string[] => (options.get(name) ?? '').split(',').filter((word) => word !== '');
    sources.push({
      uris: [uri],
      suites: [suite],
      components: splitWords(components),
      architectures: list('arch'),
      signedBy: list('signed-by'),
      checkValidUntil: !isNo(options.get('check-valid-until')),
    });
  }
  return sources;
}

/** A deb822-style file (`*.sources`). Paragraphs that are disabled or without `deb` are left out. Throws CONTROL_INVALID. */
export function parseSourcesControl(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const paragraph of parseControl(withoutComments(text))) {
    const get = (name: string): string => paragraph.get(name) ?? '';
    if (isNo(get('Enabled')) || !splitWords(get('Types')).includes('deb')) continue;
    const signedBy = get('Signed-By');
    sources.push({
      uris: splitWords(get('URIs')),
      suites: splitWords(get('Suites')),
      components: splitWords(get('Components')),
      architectures: splitWords(get('Architectures')),
      signedBy: signedBy.includes('-----BEGIN') ? [embeddedKey(signedBy)] : splitWords(signedBy),
      checkValidUntil: !isNo(get('Check-Valid-Until')),
    });
  }
  return sources;
}

// A comment may also stand between the lines of a field, which deb822 otherwise takes as its end.
function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trimEnd())
    .join('\n');
}

// An armoured key as a field value: each line is indented, an empty one is ` .`.
function embeddedKey(value: string): string {
  return `${value
    .split('\n')
    .map((line) => line.trim())
    .map((line) => (line === '.' ? '' : line))
    .join('\n')}\n`;
}

function splitWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function isNo(text: string | undefined): boolean {
  return text !== undefined && ['no', 'false', 'without', 'off', 'disable'].includes(text.trim().toLowerCase());
}
