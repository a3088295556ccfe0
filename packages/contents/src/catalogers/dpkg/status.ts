import { Paragraph } from '@lading/distro';
import type { SourcePackage } from '@lading/facts';
import type { Fact } from '../cataloger.ts';

/**
 * The packages of a status file, of dpkg or opkg, or of one of distroless's files without a Status: those of which files are there, whether
 * or not they were configured, as of `half-installed` and `unpacked` ones. `dpkg-query -W` shows these, and `config-files` too: removed ones
 * that left their configuration, which are not there. Sources: dpkg-query(1), deb-control(5).
 */
export function* readStatus(bytes: Buffer): Generator<Fact> {
  // A character for each byte is the fastest to search; values are decoded when they are taken.
  const text = bytes.toString('latin1');
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n\n', start);
    if (end < 0) end = text.length;
    if (end > start) yield* readPackage(Paragraph.ofRaw(text.slice(start, end)), start);
    // Empty lines in a row end one paragraph.
    start = end + 1;
    while (text.charCodeAt(start) === 0x0a) start += 1;
  }
}

function* readPackage(paragraph: Paragraph, offset: number): Generator<Fact> {
  const [name, status] = [paragraph.get('Package'), paragraph.get('Status')];
  if (status !== undefined && !isThere(status)) return;
  const version = paragraph.get('Version');
  if (!name || !version) {
    // Without any field it is an empty line with blanks, a comment, or the end.
    if ([...paragraph.fields()].length > 0)
      yield { kind: 'warning', message: `Passed over a package at byte ${offset}: its name or version is absent` };
    return;
  }
  const architecture = paragraph.get('Architecture');
  yield {
    kind: 'package',
    package: {
      type: 'deb',
      name,
      version,
      architecture: architecture === 'all' ? undefined : architecture,
      source: sourceOf(paragraph.get('Source'), { name, version }),
      supplier: paragraph.get('Maintainer'),
    },
  };
}

/** `install ok installed`: what is wanted, a flag, what is. */
function isThere(status: string): boolean {
  const state = status.split(/\s+/)[2];
  return state !== 'not-installed' && state !== 'config-files';
}

/** `glibc (2.36-9)`: what is left out is as of the package itself. */
function sourceOf(field: string | undefined, own: SourcePackage): SourcePackage {
  const [, name, version] = /^(\S+)(?:\s+\(([^)]*)\))?/.exec(field ?? '') ?? [];
  return { name: name ?? own.name, version: version || own.version };
}
