/** What the keys do, as the explorer shows it. */
export const helpText: readonly string[] = [
  '↑ ↓  k j           up and down',
  'PgUp PgDn Home End  further',
  '→ ←  l h           open and close a directory, or go to the one above',
  'Enter, Space       open a directory, or show what is in a file',
  'Tab                between layers and files',
  '[ ]                the layer below and above',
  '',
  'm                  all that the layers up to this one make, or what this layer changed',
  'f                  only added, only modified, only removed, everything',
  '/                  only paths with some text in them; Esc ends that',
  's                  by name or by size',
  'e c                open or close all directories',
  '',
  'A M D              added, modified and removed by this layer',
  '?                  this help',
  'q, Ctrl-C          leave',
];
