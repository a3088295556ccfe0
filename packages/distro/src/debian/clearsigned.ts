import { LadingError } from '@lading/errors';

/** A cleartext signed message taken apart; nothing is verified here. RFC 9580 §7. */
export interface Clearsigned {
  /** What was signed, without dash escapes; lines end in `\n`. */
  readonly text: string;
  /** The armoured signature block. */
  readonly signature: string;
}

const BEGIN_MESSAGE = '-----BEGIN PGP SIGNED MESSAGE-----';
const BEGIN_SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END_SIGNATURE = '-----END PGP SIGNATURE-----';

/**
 * Takes an InRelease file apart. It must be one signed message and nothing else: text before, after or between would be read
 * by a careless reader though no signature covers it. Throws CONTROL_INVALID.
 */
export function parseClearsigned(input: string): Clearsigned {
  const lines = input.replace(/\r\n/g, '\n').split('\n');
  while (lines.at(-1) === '') lines.pop();
  if (lines[0]?.trimEnd() !== BEGIN_MESSAGE) throw invalid('it does not start with a signed message');
  let at = 1;
  for (; at < lines.length && lines[at] !== ''; at++) {
    if (!/^Hash: [A-Za-z0-9, -]+$/.test(lines[at] ?? '')) throw invalid('it has an armour header other than Hash');
  }
  const begin = lines.findIndex((line, index) => index > at && line.trimEnd() === BEGIN_SIGNATURE);
  if (begin < 0) throw invalid('it has no signature; the file may be cut off');
  const end = lines.findIndex((line, index) => index > begin && line.trimEnd() === END_SIGNATURE);
  if (end < 0) throw invalid('its signature does not end; the file may be cut off');
  if (end !== lines.length - 1) throw invalid('text follows the signature');
  const text = lines.slice(at + 1, begin).map((line) => {
    if (line.startsWith('- ')) return line.slice(2);
    if (line.startsWith('-')) throw invalid('a line in it starts with an unescaped dash');
    return line;
  });
  return { text: `${text.join('\n')}\n`, signature: `${lines.slice(begin, end + 1).join('\n')}\n` };
}

function invalid(fault: string): LadingError {
  return new LadingError('CONTROL_INVALID', `Cannot read a signed Release file: ${fault}`);
}
