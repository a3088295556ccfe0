import { Paragraph } from '@lading/distro';
import { spdxOf } from './license-names.ts';

/** Longer ones are no short names, but the text of a license in the wrong place. */
const maxNameLength = 200;

/** Where Debian keeps the licenses that many packages share. Debian Policy §12.5. */
const shared = /\/usr\/share\/common-licenses\/([A-Za-z][A-Za-z0-9.+-]*[A-Za-z0-9+])/g;

/**
 * The licenses of a copyright file, given as a character for each byte, each once, sorted. Of the machine-readable form (copyright-format 1.0, also its drafts called DEP-5)
 * the short names of all paragraphs, as SPDX expressions where they have one. Of any other text only the shared licenses that it points to, under
 * the names of their files: whether later versions are granted too, the pointer does not say.
 */
export function licensesOf(text: string): string[] {
  const found = isMachineReadable(text)
    ? shortNames(text).map(spdxOf)
    : [...text.matchAll(shared)].map(([, name = '']) => name);
  return [...new Set(found)].sort();
}

function isMachineReadable(text: string): boolean {
  return /^Format(?:-Specification)?:\s*\S*(?:copyright-format|dep5|dep\/5)/im.test(text.slice(0, 4096));
}

/** The first lines of License fields; the rest of such a field is the license's text. */
function shortNames(text: string): string[] {
  const names: string[] = [];
  for (const raw of text.split(/\n(?:[ \t]*\n)+/)) {
    const name = Paragraph.ofRaw(raw).get('License')?.split('\n', 1)[0]?.trim();
    if (name && name.length <= maxNameLength) names.push(name);
  }
  return names;
}
