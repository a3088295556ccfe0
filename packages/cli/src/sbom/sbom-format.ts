import { type SbomFormat, sbomFormats } from '@lading/contents';
import { LadingError, nearest } from '@lading/errors';
import { type OptionValues, textOption } from '../command.ts';

const shorter: Readonly<Record<string, SbomFormat>> = { cyclonedx: 'cyclonedx-1.6', spdx: 'spdx-2.3' };

export const formatsText: string = 'cyclonedx (1.6), cyclonedx-1.7 or spdx (2.3)';

/** The format that was asked for; for a file without one, the one its name says. Undefined: people read it. */
export function formatOf(options: OptionValues): SbomFormat | undefined {
  const text = textOption(options, 'format');
  const output = textOption(options, 'output');
  if (text === undefined) {
    if (output === undefined) return undefined;
    return /\bspdx\b/i.test(output) ? 'spdx-2.3' : 'cyclonedx-1.6';
  }
  const format = shorter[text] ?? sbomFormats.find((one) => one === text);
  if (format !== undefined) return format;
  const near = nearest(text, [...Object.keys(shorter), ...sbomFormats]);
  throw new LadingError('USAGE', `Cannot write an SBOM as ${JSON.stringify(text)}`, {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}The formats are ${formatsText}.`,
  });
}
