/**
 * A number as versions have it: decimal digits without leading zeros, so that zero is empty. Numbers of versions may have any number of
 * digits; these compare by their length and then as text, without ever being converted.
 */
export type Numeral = string;

export function numeralOf(digits: string): Numeral {
  let start = 0;
  while (digits.charCodeAt(start) === 0x30) start++;
  return start === 0 ? digits : digits.slice(start);
}

export function compareNumerals(a: Numeral, b: Numeral): number {
  return a.length - b.length || compareText(a, b);
}

/** By UTF-16 code units, which for the ASCII of versions is byte order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Decimal digits, as opposed to every other character and to the `NaN` that is past the end of a text. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Whether the text is a number: digits and at least one. */
export function isDigits(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (!isDigit(text.charCodeAt(index))) return false;
  }
  return text !== '';
}
