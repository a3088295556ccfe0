import type { Distribution } from '@lading/facts';

/**
 * The assignments of an os-release file: shell-compatible, one a line, values bare, in single or in double quotes. Lines that are none
 * are passed over, the last of a name counts. Source: os-release(5).
 */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line.trimEnd()) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, unquote(value));
  }
  return values;
}

/** The release that assignments name. `ID` is `linux` where there is none, as os-release(5) has it. */
export function distributionOf(values: ReadonlyMap<string, string>): Distribution {
  const value = (name: string): string | undefined => values.get(name) || undefined;
  return {
    id: value('ID')?.toLowerCase() ?? 'linux',
    idLike: value('ID_LIKE')?.toLowerCase().split(/\s+/),
    versionId: value('VERSION_ID'),
    codename: value('VERSION_CODENAME'),
    prettyName: value('PRETTY_NAME'),
    cpe: value('CPE_NAME'),
  };
}

/** As a shell reads a word that expands nothing: quotes may begin and end within it, and it ends at a blank outside of them. */
function unquote(word: string): string {
  let value = '';
  let quote = '';
  for (let at = 0; at < word.length; at++) {
    const character = word[at] ?? '';
    if (quote === "'") {
      if (character === "'") quote = '';
      else value += character;
    } else if (character === '\\') {
      const next = word[at + 1] ?? '';
      // Within double quotes a backslash escapes only what would mean something there.
      if (quote === '"' && !'"\\$`'.includes(next)) value += character;
      else {
        value += next;
        at += 1;
      }
    } else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (quote === '' && (character === ' ' || character === '\t')) break;
    else value += character;
  }
  return value;
}
