import type { FoundPackage } from '@lading/facts';
import { asWord } from '../record-file.ts';
import { readLiteral, readLiterals } from './literal.ts';

export type Gem = Pick<FoundPackage, 'name' | 'version' | 'licenses' | 'qualifiers'>;

/** `  s.licenses = [...] if …`, the way RubyGems writes them: one attribute a line, whatever the variable is called. */
const ATTRIBUTE = /^[ \t]*[a-z_]\w{0,63}\.(name|version|platform|licenses?)[ \t]*=(?!=)/;
/** The comment by which RubyGems knows a gem without evaluating its specification: name, version, platform, require paths. */
const STUB = /^# stub: (\S{1,255}) (\S{1,255}) (\S{1,255}) /;

/**
 * What a gemspec says of itself, as RubyGems writes it on installation (Gem::Specification#to_ruby); nothing is evaluated. Undefined where
 * name or version is no literal, as authors write them.
 */
export function parseGemspec(text: string): Gem | undefined {
  const found = new Map<string, readonly string[]>();
  let stub: RegExpExecArray | null = null;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    // The longest lines list files: what is looked for is near the start of its own.
    const line = text.slice(at, Math.min(end, at + 4096));
    at = end + 1;
    stub ??= STUB.exec(line);
    const [start, name = ''] = ATTRIBUTE.exec(line) ?? [];
    const attribute = name === 'license' ? 'licenses' : name;
    if (start === undefined || found.has(attribute)) continue;
    const value = line.slice(start.length);
    found.set(attribute, attribute === 'licenses' ? readLiterals(value) : [readLiteral(value) ?? '']);
  }
  const [, stubName, stubVersion, stubPlatform] = stub ?? [];
  const name = asWord(found.get('name')?.[0]) ?? asWord(stubName);
  const version = asWord(found.get('version')?.[0]) ?? asWord(stubVersion);
  if (name === undefined || version === undefined || !/^\d/.test(version)) return undefined;
  const platform = asWord(found.get('platform')?.[0]) ?? asWord(stubPlatform);
  const licenses = found.get('licenses')?.filter((license) => license !== '') ?? [];
  return {
    name,
    version,
    ...(licenses.length === 0 ? {} : { licenses }),
    ...(platform === undefined || platform === 'ruby' ? {} : { qualifiers: { platform } }),
  };
}
