import parse from 'spdx-expression-parse';

/** How a license is written down: as an SPDX identifier, as an SPDX expression, or as a name that SPDX does not know. */
export interface LicenseText {
  readonly kind: 'id' | 'expression' | 'name';
  readonly text: string;
}

const longestExpression = 1024;
/** Newer than the lists in the schemas of CycloneDX 1.6 and 1.7, which take no other identifiers: a valid document has them as expressions. */
const newerThanSchemas: ReadonlySet<string> = new Set([
  'BSD-2-Clause-pos-unchanged',
  'BSD-3-Clause-OpenWebUI',
  'BSD-Source-Code-no-disclaimer',
  'BSD-Source-alt-GPL',
  'BSD-ask-to-endorse',
  'Brian-Gladman-3-Clause-no-conversion',
  'Bugroff',
  'CC-BY-NC-3.0-IGO',
  'FDK-MPEG-H',
  'Hippocratic-3.0-core',
  'Informatica',
  'MVT-1.1',
  'atc-game',
]);
const known = new Map<string, LicenseText>();

/** SPDX 2.3, Annex D. Asked for the same few licenses thousands of times: answers are kept, within bounds. */
export function licenseText(text: string): LicenseText {
  const found = known.get(text);
  if (found !== undefined) return found;
  const made: LicenseText = { kind: kindOf(text), text };
  if (known.size < 10_000) known.set(text, made);
  return made;
}

function kindOf(text: string): LicenseText['kind'] {
  if (text.length > longestExpression) return 'name';
  try {
    const parsed = parse(text);
    const isId =
      'license' in parsed && parsed.license === text && !text.includes(':') && !text.startsWith('LicenseRef-');
    return isId && !newerThanSchemas.has(text) ? 'id' : 'expression';
  } catch {
    return 'name';
  }
}
