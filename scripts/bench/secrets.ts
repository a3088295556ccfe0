// How fast secrets are looked for, on one core with all rules, over texts of several kinds. `--mb` is the size of each.
import { parseArgs } from 'node:util';
import { createSecretScanner } from '@lading/contents';
import { benchTexts } from './secrets/texts.ts';
import { summarize } from './statistics.ts';
import { formatTable } from './table.ts';

const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const bytes = Number(values.mb) * 1e6;
const chunkBytes = 256 * 1024;

const scanner = createSecretScanner({ vendored: true });

/** Milliseconds of the processor, whatever else it does meanwhile, and how many secrets were found. */
function scan(text: Buffer): { ms: number; found: number } {
  const began = process.threadCpuUsage();
  const file = scanner.begin('app/data', text.length, text.subarray(0, chunkBytes));
  if (file === undefined) throw new Error('the text is not looked at');
  for (let at = 0; at < text.length; at += chunkBytes) file.push(text.subarray(at, at + chunkBytes));
  const found = file.end().length;
  const { user, system } = process.threadCpuUsage(began);
  return { ms: (user + system) / 1e3, found };
}

const rows = [...benchTexts(bytes)]
  .filter(([name]) => values.only === undefined || name.includes(values.only))
  .filter(([, text]) => text.length > 0)
  .map(([name, text]) => {
    scan(text.subarray(0, 4e6));
    const runs = Array.from({ length: Number(values.rounds) }, () => scan(text));
    const rate = summarize(runs.map(({ ms }) => text.length / 1e3 / ms));
    return { name, megabytesPerSecond: rate, found: runs[0]?.found ?? 0 };
  });

if (values.json) console.log(JSON.stringify(rows));
else {
  const cells = rows.map(({ name, megabytesPerSecond: { median, min, max }, found }) => [
    name,
    ...[median, min, max].map((rate) => rate.toFixed(0)),
    String(found),
  ]);
  console.log(formatTable([['text', 'MB/s', 'least', 'most', 'found'], ...cells]));
}
