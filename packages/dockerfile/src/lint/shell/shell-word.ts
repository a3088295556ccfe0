/** One word of a shell command, or one operator between commands. Places are indices into the text that was split. */
export interface ShellToken {
  readonly kind: 'word' | 'operator';
  /** Of a word: without quotes and escapes, substitutions as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** True when part of it is known only when it runs: a variable, a command substitution. */
  readonly dynamic: boolean;
}

const MAX_NESTING = 50;

/**
 * Splits text as a POSIX shell would (XCU 2.3), as far as finding out which programs are called asks for it: quotes, escapes,
 * substitutions, comments, redirections (which are left out) and operators. What does not close goes to the end of the text.
 */
export function splitShell(text: string): ShellToken[] {
  return new Splitter(text).run();
}

const SPACE = ' \t\r';
const OPERATOR = ';&|()\n';
const ENDS_WORD = `${SPACE}${OPERATOR}<>`;

class Splitter {
  readonly #text: string;
  readonly #tokens: ShellToken[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): ShellToken[] {
    const text = this.#text;
    while (this.#at < text.length) {
      const char = text.charAt(this.#at);
      if (SPACE.includes(char)) this.#at++;
      else if (char === '\\' && text.charAt(this.#at + 1) === '\n') this.#at += 2;
      else if (char === '#') this.#skipTo('\n');
      else if (OPERATOR.includes(char)) this.#operator();
      else if (char === '<' || char === '>') this.#redirection();
      else this.#word();
    }
    return this.#tokens;
  }

  #skipTo(stop: string): void {
    const found = this.#text.indexOf(stop, this.#at);
    this.#at = found === -1 ? this.#text.length : found;
  }

  #operator(): void {
    const start = this.#at;
    const [operator = ''] = /^(?:&&|\|\||;;|\|&|&>>?|[;&|()\n])/.exec(this.#text.slice(start, start + 3)) ?? [];
    this.#at += operator.length;
    if (operator.startsWith('&>')) this.#skipWord();
    else this.#tokens.push({ kind: 'operator', text: operator, start, end: this.#at, dynamic: false });
  }

  /** Goes behind a redirection and the word it names. A process substitution `<(…)` stays a word. */
  #redirection(): void {
    if (this.#text.charAt(this.#at + 1) === '(') {
      this.#word();
      return;
    }
    while ('<>&|'.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at++;
    this.#skipWord();
  }

  #skipWord(): void {
    const before = this.#tokens.length;
    while (SPACE.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at++;
    if (this.#at < this.#text.length && !ENDS_WORD.includes(this.#text.charAt(this.#at))) this.#word();
    this.#tokens.length = before;
  }

  #word(): void {
    const text = this.#text;
    const start = this.#at;
    const parts: string[] = [];
    let dynamic = false;
    const take = (end: number): void => {
      parts.push(text.slice(this.#at, end));
      this.#at = end;
    };
    while (this.#at < text.length) {
      const char = text.charAt(this.#at);
      if ((char === '<' || char === '>') && text.charAt(this.#at + 1) === '(') {
        dynamic = true;
        take(this.#behind(this.#at + 2, ')', 0));
      } else if (ENDS_WORD.includes(char)) {
        break;
      } else if (char === '\\') {
        if (text.charAt(this.#at + 1) !== '\n') parts.push(text.charAt(this.#at + 1));
        this.#at = Math.min(text.length, this.#at + 2);
      } else if (char === "'") {
        const close = text.indexOf("'", this.#at + 1);
        parts.push(text.slice(this.#at + 1, close === -1 ? text.length : close));
        this.#at = close === -1 ? text.length : close + 1;
      } else if (char === '"') {
        const end = this.#behind(this.#at + 1, '"', 0);
        const inner = text.slice(this.#at + 1, text.charAt(end - 1) === '"' ? end - 1 : end);
        dynamic ||= /[$`]/.test(inner);
        parts.push(inner.replace(/\\([\\"$`])|\\\n/g, '$1'));
        this.#at = end;
      } else if (char === '$' || char === '`') {
        dynamic = true;
        take(this.#behindSubstitution(this.#at, 0));
      } else {
        take(this.#at + 1);
      }
    }
    const word = parts.join('');
    // the number in front of a redirection is part of it
    const next = text.charAt(this.#at);
    if (/^\d+$/.test(word) && (next === '<' || next === '>')) return;
    this.#tokens.push({ kind: 'word', text: word, start, end: this.#at, dynamic });
  }

  /** The index behind a substitution that starts at `at`; behind a lone `$` where none does. */
  #behindSubstitution(at: number, depth: number): number {
    if (this.#text.charAt(at) === '`') return this.#behind(at + 1, '`', depth);
    const open = this.#text.charAt(at + 1);
    if (open === '(') return this.#behind(at + 2, ')', depth);
    if (open === '{') return this.#behind(at + 2, '}', depth);
    return at + 1;
  }

  /** The index behind the character that closes what is open, what is nested within left out. */
  #behind(from: number, close: string, depth: number): number {
    const text = this.#text;
    if (depth > MAX_NESTING) return text.length;
    let at = from;
    while (at < text.length) {
      const char = text.charAt(at);
      if (char === close) return at + 1;
      if (char === '\\') at += 2;
      else if (char === '$' || (char === '`' && close !== '`')) at = this.#behindSubstitution(at, depth + 1);
      else if (char === '"' && close !== '"') at = this.#behind(at + 1, '"', depth + 1);
      else if (char === "'" && close !== '"') at = behindNext(text, "'", at + 1);
      else if (char === '(' && close === ')') at = this.#behind(at + 1, ')', depth + 1);
      else at++;
    }
    return text.length;
  }
}

function behindNext(text: string, char: string, from: number): number {
  const found = text.indexOf(char, from);
  return found === -1 ? text.length : found + 1;
}
