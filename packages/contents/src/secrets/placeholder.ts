/** What people write where a secret should be. */
const words =
  /example|placeholder|change[-_.]?(?:me|this|it)|your[-_. ]|[-_. ]here$|dummy|sample|redacted|insert[-_.]|replace[-_.]|fake|not[-_.]?(?:real|so[-_.]?secret|secret)|censored|to[-_.]?do|x{4}|\*{3}|\.{3}|-{6}|0{8}|1{8}|a{8}/i;

/** Keys of a keyboard or an alphabet in their order. */
const runs = /12345678|23456789|01234567|abcdefg|qwerty|deadbeef|cafebabe|0123abcd/i;

/** References to where a secret is, as shells, templates and configurations write them. */
const references = /^[<[{%$#]|\$\{|\{\{|\$\(|#\{|%\(|<%|^@|\bprocess\.env\b|\bos\.environ\b|\bgetenv\b/i;

/** Whether a value stands for a secret instead of being one. */
export function isPlaceholder(value: string): boolean {
  return words.test(value) || runs.test(value) || references.test(value) || isMonotonous(value);
}

/** Few different characters, or one short piece again and again. */
function isMonotonous(value: string): boolean {
  if (value.length >= 12 && new Set(value).size <= 4) return true;
  for (let period = 1; period <= Math.min(8, value.length / 3); period++) {
    if (value.slice(period) === value.slice(0, -period)) return true;
  }
  return false;
}
