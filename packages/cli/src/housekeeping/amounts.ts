import { LadingError } from '@lading/errors';

const durations: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const sizes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Milliseconds of `90s`, `30m`, `24h`, `7d`, `2w` or `0`. `what` names the option or variable. Throws USAGE. */
export function parseDuration(text: string, what: string): number {
  return parseAmount(text, durations, what, 'a duration such as 30m, 24h, 7d or 0');
}

/** Bytes of `500MB`, `10GB`, `2GiB` or `0`. Throws USAGE. */
export function parseSize(text: string, what: string): number {
  return parseAmount(text, sizes, what, 'a size such as 500MB, 10GB, 2GiB or 0');
}

/** `7 days`, `24 h`, `90 min`: in the largest unit that divides it. */
export function formatSpan(ms: number): string {
  if (ms === 0) return '0 s';
  const [unit, name] = (
    [
      [durations.d, 'days'],
      [durations.h, 'h'],
      [durations.m, 'min'],
    ] as const
  ).find(([size]) => size !== undefined && ms % size === 0) ?? [1000, 's'];
  const count = ms / (unit ?? 1000);
  return `${count} ${count === 1 && name === 'days' ? 'day' : name}`;
}

function parseAmount(text: string, units: Readonly<Record<string, number>>, what: string, form: string): number {
  const [, number = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]*)$/.exec(text.trim()) ?? [];
  const name = Object.keys(units).find((one) => one.toLowerCase() === unit.toLowerCase());
  const factor =
    number !== '' && Number(number) === 0 && unit === '' ? 1 : name === undefined ? undefined : units[name];
  if (number === '' || factor === undefined) {
    throw new LadingError('USAGE', `Cannot use ${what} ${JSON.stringify(text)}: it is not ${form}`);
  }
  return Math.round(Number(number) * factor);
}
