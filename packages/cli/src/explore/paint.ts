/** How a piece of text stands out. Without colours it is the letters in front that tell what a layer did. */
export type Tone = 'added' | 'modified' | 'removed' | 'dim' | 'bold' | 'selected';

/** ECMA-48 §8.3.117 SGR. */
const codes: Readonly<Record<Tone, string>> = {
  added: '32',
  modified: '33',
  removed: '31',
  dim: '2',
  bold: '1',
  selected: '7',
};
const colours: ReadonlySet<Tone> = new Set(['added', 'modified', 'removed']);

/** Puts tones on text. */
export type Paint = (text: string, ...tones: readonly (Tone | undefined)[]) => string;

/** Without colours (https://no-color.org) what else the terminal can do remains: bold, dim, reverse. */
export function createPaint(options: { readonly colour: boolean }): Paint {
  return (text, ...tones) => {
    const used = tones.filter((tone) => tone !== undefined && (options.colour || !colours.has(tone))) as Tone[];
    if (text === '' || used.length === 0) return text;
    return `\u001b[${used.map((tone) => codes[tone]).join(';')}m${text}\u001b[0m`;
  };
}
