import { type Check, instructionsOf } from '../check.ts';

export const pipedDownload: Check = {
  id: 'piped-download',
  standard: 'CIS Docker 1.6 §4.12',
  severity: 'medium',
  title: 'A download that ran without being checked',
  reason: 'What the address gave at the time ran as root; nothing tells what it was.',
  fix: 'Fetch the file, compare its checksum or signature, then run it.',
  find: (image) =>
    instructionsOf(
      image,
      /\b(?:curl|wget)\b[^|;&]{0,300}\|\s*(?:sudo\s+)?(?:ba|da|z|k)?sh\b|\b(?:ba|z)?sh\s+(?:-c\s+["']?\$\(|<\()\s*(?:curl|wget)\b/,
    ),
};
