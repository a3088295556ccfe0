import { LadingError } from '@lading/errors';
import { removePrefix, removeSuffix, replacePattern } from './shell-pattern.ts';
import { isSpace } from './space.ts';

export interface LexerOptions {
  readonly escape: string;
  /** The value of a variable; undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** Quotes group but stay in the text. */
  readonly rawQuotes?: boolean;
  /** Escape characters stay in the text. */
  readonly rawEscapes?: boolean;
  /** Quotes are plain characters. */
  readonly ignoreQuotes?: boolean;
  /** A variable that is not set stays as it is written. */
  readonly keepUnset?: boolean;
}

export interface LexedWord {
  readonly text: string;
  readonly words: readonly string[];
}

const MAX_NESTING = 100;
/** Expansion can double a text with every ENV; this is far above any real one. */
const MAX_LENGTH = 16 << 20;

/** Reads quotes, escapes and `$` of one word as the Dockerfile language defines them (close to sh, not the same). */
export function lexWord(source: string, options: LexerOptions): LexedWord {
  return new WordLexer(source, options).run();
}

function failure(message: string, hint?: string): LadingError {
  return new LadingError('DOCKERFILE_INVALID', message, { hint });
}

function unclosed(): LadingError {
  return failure('a substitution has no closing "}"');
}

/** Collects the words that a text splits into; only white space that is not quoted separates. */
class WordList {
  readonly words: string[] = [];
  #current = '';

  /** Text whose white space separates words. */
  add(text: string): void {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      if (!isSpace(text.charAt(at))) continue;
      this.#current += text.slice(start, at);
      this.flush();
      start = at + 1;
    }
    this.#current += start === 0 ? text : text.slice(start);
  }

  /** Text that stays in one word. */
  addRaw(text: string): void {
    this.#current += text;
  }

  flush(): void {
    if (this.#current !== '') this.words.push(this.#current);
    this.#current = '';
  }
}

class WordLexer {
  readonly #source: string;
  readonly #options: LexerOptions;
  #at = 0;
  #nesting = 0;
  #length = 0;

  constructor(source: string, options: LexerOptions) {
    this.#source = source;
    this.#options = options;
  }

  run(): LexedWord {
    return this.#until('', this.#options.rawEscapes === true);
  }

  /** The character at the cursor, whole even outside the basic plane; empty at the end. */
  #peek(): string {
    const code = this.#source.codePointAt(this.#at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #next(): string {
    const char = this.#peek();
    this.#at += char.length;
    return char;
  }

  #checkLength(added: string): void {
    this.#length += added.length;
    if (this.#length > MAX_LENGTH) {
      throw failure(`the expansion grows beyond ${MAX_LENGTH} characters`, 'A variable probably contains itself.');
    }
  }

  /** Reads up to `stop`, which is consumed; an empty `stop` is the end of the text. */
  #until(stop: '' | '}' | '/', rawEscapes: boolean): LexedWord {
    const { escape: escapeChar, ignoreQuotes } = this.#options;
    const list = new WordList();
    let text = '';
    while (this.#at < this.#source.length) {
      const char = this.#peek();
      if (char === stop) {
        this.#next();
        list.flush();
        return { text, words: list.words };
      }
      if (char === '$') {
        const value = this.#dollar();
        this.#checkLength(value);
        text += value;
        list.add(value);
      } else if (char === '<' || (!ignoreQuotes && (char === "'" || char === '"'))) {
        const quoted = char === '<' ? this.#heredocMark() : this.#quoted(char, rawEscapes);
        text += quoted;
        list.addRaw(quoted);
      } else if (char === escapeChar) {
        this.#next();
        const escaped = (rawEscapes ? char : '') + this.#next();
        text += escaped;
        list.addRaw(escaped);
      } else {
        this.#next();
        text += char;
        list.add(char);
      }
    }
    if (stop === '}') throw unclosed();
    if (stop === '/') throw failure('a substitution has no second "/" before its replacement');
    list.flush();
    return { text, words: list.words };
  }

  /** `<<` with the spaces behind it stays together with the name of a here-document. */
  #heredocMark(): string {
    const start = this.#at;
    this.#next();
    if (this.#peek() === '<') {
      this.#next();
      while (this.#peek() === ' ' || this.#peek() === '\t' || this.#peek() === '\r') this.#next();
    }
    return this.#source.slice(start, this.#at);
  }

  #quoted(quote: string, rawEscapes: boolean): string {
    const mark = this.#options.rawQuotes ? quote : '';
    let text = mark;
    this.#next();
    while (this.#at < this.#source.length) {
      const char = this.#peek();
      if (char === '$' && quote === '"') {
        const value = this.#dollar();
        this.#checkLength(value);
        text += value;
        continue;
      }
      this.#next();
      if (char === quote) return text + mark;
      if (char === this.#options.escape && quote === '"') text += this.#escapedInQuotes(char, rawEscapes);
      else text += char;
    }
    throw failure(`a ${quote === '"' ? 'double' : 'single'} quote is not closed`);
  }

  /** Within double quotes only `"`, `$` and the escape character itself can be escaped; before others it is plain. */
  #escapedInQuotes(escapeChar: string, rawEscapes: boolean): string {
    const raw = rawEscapes ? escapeChar : '';
    const char = this.#peek();
    if (char === '') return raw;
    return raw + (char === '"' || char === '$' || char === escapeChar ? this.#next() : escapeChar);
  }

  #dollar(): string {
    const start = this.#at;
    this.#next();
    if (this.#peek() !== '{') {
      const name = this.#name();
      return name === '' ? '$' : (this.#options.env(name) ?? (this.#options.keepUnset ? `$${name}` : ''));
    }
    this.#next();
    const first = this.#peek();
    if (first === '') throw unclosed();
    if (first === '{' || first === '}' || first === ':') {
      throw failure(`"\${${first}" is no substitution: a variable name has to follow "\${"`);
    }
    if (this.#nesting >= MAX_NESTING) throw failure(`substitutions are nested more than ${MAX_NESTING} deep`);
    this.#nesting++;
    const result = this.#substitution(this.#name(), start);
    this.#nesting--;
    return result;
  }

  /** Behind `${name`. */
  #substitution(name: string, start: number): string {
    const { env, keepUnset } = this.#options;
    let operator = this.#next();
    if (operator === '}') return env(name) ?? (keepUnset ? `\${${name}}` : '');
    if (operator === '/') return this.#replacement(name);
    const colon = operator === ':';
    if (colon) operator = this.#next();
    const pattern = operator === '#' || operator === '%';
    if (!(operator === '-' || operator === '+' || operator === '?' || (pattern && !colon))) {
      if (operator === '') throw unclosed();
      const written = this.#source.slice(start, this.#at);
      throw failure(
        `the modifier ${JSON.stringify(colon ? `:${operator}` : operator)} in "${written}…" does not exist`,
        'Known are :- - :+ + :? ? # ## % %% / and //.',
      );
    }
    const word = this.#until('}', pattern).text;
    const value = env(name);
    if (value === undefined && keepUnset) return `\${${name}${colon ? ':' : ''}${operator}${word}}`;
    const absent = value === undefined || (colon && value === '');
    if (operator === '-') return absent ? word : value;
    if (operator === '+') return absent ? '' : word;
    if (operator === '?') {
      if (!absent) return value;
      const reason = word === '' ? `must ${value === undefined ? 'be set' : 'not be empty'}` : word;
      throw failure(`the variable ${name} is required: ${reason}`, `Give it a value, such as --build-arg ${name}=….`);
    }
    const longest = word.startsWith(operator);
    const glob = longest ? word.slice(1) : word;
    return (operator === '#' ? removePrefix : removeSuffix)(value ?? '', glob, longest);
  }

  /** Behind `${name/`. */
  #replacement(name: string): string {
    const all = this.#peek() === '/';
    if (all) this.#next();
    const pattern = this.#until('/', true).text;
    const replacement = this.#until('}', true).text;
    const value = this.#options.env(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}/${all ? '/' : ''}${pattern}/${replacement}}`;
    return replacePattern(value ?? '', pattern, replacement, all, MAX_LENGTH);
  }

  /** A name, a positional parameter's digits or one special parameter; empty when none of them follows. */
  #name(): string {
    const start = this.#at;
    const first = this.#peek();
    if (/^\p{Nd}$/u.test(first)) {
      while (/^\p{Nd}$/u.test(this.#peek())) this.#next();
    } else if (first !== '' && '@*#?-$!'.includes(first)) {
      this.#next();
    } else {
      while (/^[\p{L}\p{Nd}_]$/u.test(this.#peek())) this.#next();
    }
    return this.#source.slice(start, this.#at);
  }
}
