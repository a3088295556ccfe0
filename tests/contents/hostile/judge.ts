import { forgedLine, forgedMarkup } from './cases/texts.ts';
import type { HostileCase } from './hostile-case.ts';
import type { Measured } from './measured-lading.ts';

/** What every run has to hold to: nothing when all is well. */
export function judgeRun(
  { code, ms, peakBytes, stderr, stdout }: Measured,
  { seconds = 60, megabytes = 256, refused }: Pick<HostileCase, 'seconds' | 'megabytes' | 'refused'> = {},
): readonly string[] {
  const wrong: string[] = [];
  if (code === undefined) wrong.push('it did not end');
  else if (code !== (refused === undefined ? 0 : 1)) wrong.push(`it ended with ${code}: ${stderr.slice(0, 300)}`);
  else if (refused !== undefined && !refused.test(stderr))
    wrong.push(`it was refused otherwise: ${stderr.slice(0, 300)}`);
  if (ms > seconds * 1000) wrong.push(`it took ${(ms / 1000).toFixed(0)} s`);
  if (peakBytes !== undefined && peakBytes > megabytes * 1e6) wrong.push(`it took ${(peakBytes / 1e6).toFixed(0)} MB`);
  return [...wrong, ...judgeText(stderr), ...judgeText(stdout)];
}

/** C0 but for tabs and line breaks, DEL; in UTF-8 C1, zero-width and direction marks, and what ends lines for some. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const steering = /[\0-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf/;

/** Of what was printed, byte by byte: nothing steers a terminal, and no line is what an image says. */
function judgeText(text: string): readonly string[] {
  const wrong: string[] = [];
  const at = steering.exec(text)?.index;
  if (at !== undefined)
    wrong.push(`what steers terminals is printed: ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 20))}`);
  // Pages and XML are not read by lines.
  if (/^<(?:!doctype|\?xml)/i.test(text)) return wrong;
  const line = text.split('\n').find((one) => one.startsWith(forgedLine) || one.startsWith('::error'));
  if (line !== undefined) wrong.push(`a line is forged: ${line}`);
  return wrong;
}

/** Of a report as a page or as XML: what the image says stays text. */
export function judgeMarkup(text: string): readonly string[] {
  return [forgedMarkup, '<script>forged', 'javascript:forged', ']]>|', ' onerror=forged()>']
    .filter((markup) => text.includes(markup) && !text.includes(markup.replaceAll('<', '&lt;')))
    .map((markup) => `markup of the image is taken over: ${markup}`);
}

interface Document {
  readonly warnings?: readonly { readonly path: string; readonly message: string }[];
  readonly packages?: readonly { readonly name: string }[];
}

/** Whether `lading sbom --json` warns of what cannot be read, and has found what can. */
export function judgeFacts(
  { warned = [], found = [] }: Pick<HostileCase, 'warned' | 'found'>,
  text: string,
): readonly string[] {
  const { warnings = [], packages = [] } = JSON.parse(Buffer.from(text, 'latin1').toString()) as Document;
  const said = warnings.map(({ path, message }) => `${path}: ${message}`);
  const names = new Set(packages.map(({ name }) => name));
  return [
    ...warned.filter((path) => !said.some((one) => one.includes(path))).map((path) => `no warning names ${path}`),
    ...found.filter((name) => !names.has(name)).map((name) => `${name} is not found`),
  ];
}
