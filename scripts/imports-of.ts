// Which modules a TypeScript source names, without a TypeScript parser: the text is cut into tokens, so that comments, strings,
// templates and regular expressions cannot pass for imports, and imports are read off the tokens.

export interface Token {
  readonly kind: 'word' | 'string' | 'template' | 'regex' | 'sign';
  /** The text as written; for strings and templates without `${`, what stands between the quotes. */
  readonly text: string;
  readonly line: number;
}

export interface Import {
  /** `undefined` when it is computed: `import(name)`. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/** After these words a slash begins a regular expression. */
const openers = new Set(
  'await case delete do else extends in instanceof new of return throw typeof void yield'.split(' '),
);
const controls = new Set(['if', 'while', 'for', 'with']);

/** The tokens of a source, without comments and white space. Code inside `${…}` comes before its template. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = source.startsWith('#!') ? lineEnd(source, 0) : 0;
  let line = 1;

  const push = (kind: Token['kind'], text: string): void => {
    tokens.push({ kind, text, line });
  };
  const skipTo = (end: number): string => {
    const text = source.slice(at, end);
    at = end;
    return text;
  };

  function code(insideTemplate: boolean): void {
    let depth = 0;
    let afterOperand = false;
    const parentheses: boolean[] = [];
    while (at < source.length) {
      const char = source[at] ?? '';
      const pair = source.slice(at, at + 2);
      if (char === '\n') {
        line++;
        at++;
      } else if (/\s/.test(char)) at++;
      else if (pair === '//') at = lineEnd(source, at);
      else if (pair === '/*') {
        const end = source.indexOf('*/', at + 2);
        line += newlines(skipTo(end < 0 ? source.length : end + 2));
      } else if (char === '"' || char === "'") {
        push('string', skipTo(quoteEnd(source, at)).slice(1, -1));
        afterOperand = true;
      } else if (char === '`') {
        template();
        afterOperand = true;
      } else if (/[\w$#\u0080-\uffff]/.test(char)) {
        const end = source.slice(at).search(/[^\w$#\u0080-\uffff]/);
        const afterDot = tokens.at(-1)?.text === '.';
        const text = skipTo(end < 0 ? source.length : at + end);
        push('word', text);
        afterOperand = afterDot || !openers.has(text);
      } else if (char === '/' && !afterOperand && regexEnd(source, at) > 0) {
        push('regex', skipTo(regexEnd(source, at)));
        afterOperand = true;
      } else {
        if (char === '}' && insideTemplate && depth === 0) return;
        if (char === '{') depth++;
        if (char === '}') depth--;
        if (char === '(') {
          const before = tokens.at(-1);
          parentheses.push(before?.kind === 'word' && controls.has(before.text) && tokens.at(-2)?.text !== '.');
        }
        const closesControl = char === ')' && parentheses.pop() === true;
        const postfix = pair === '++' || pair === '--' || (char === '!' && source[at + 1] !== '=');
        push('sign', skipTo(at + (pair === '++' || pair === '--' ? 2 : 1)));
        afterOperand = char === ']' || (char === ')' && !closesControl) || (postfix && afterOperand);
      }
    }
  }

  function template(): void {
    const start = ++at;
    const startLine = line;
    let plain = true;
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') at += 2;
      else if (source.startsWith('${', at)) {
        plain = false;
        at += 2;
        code(true);
        at++;
      } else {
        if (source[at] === '\n') line++;
        at++;
      }
    }
    tokens.push({ kind: 'template', text: plain ? source.slice(start, at) : '${', line: startLine });
    at++;
  }

  while (at < source.length) code(false);
  return tokens;
}

/** Every static, type-only, re-exporting and dynamic import, in the order of the source. */
export function importsOf(tokens: readonly Token[]): readonly Import[] {
  const found: Import[] = [];
  tokens.forEach((token, index) => {
    if (token.kind !== 'word' || tokens[index - 1]?.text === '.') return;
    const next = tokens[index + 1];
    if (token.text === 'import' && next !== undefined) {
      if (next.kind === 'sign' && next.text === '(')
        found.push({ specifier: literal(tokens, index + 2), line: token.line });
      else if (next.kind === 'string') found.push({ specifier: plain(next), line: token.line });
      else if (next.kind === 'word' || next.text === '{' || next.text === '*') pushFrom(index, found);
    }
    if (token.text === 'export') {
      const start = next?.text === 'type' ? index + 2 : index + 1;
      if (tokens[start]?.kind === 'sign' && /[{*]/.test(tokens[start]?.text ?? '')) pushFrom(index, found);
    }
  });
  return found;

  /** The string after the clause's own `from`: the first one outside braces that a string follows. */
  function pushFrom(start: number, into: Import[]): void {
    let depth = 0;
    for (let index = start + 1; index < tokens.length; index++) {
      const token = tokens[index];
      const next = tokens[index + 1];
      if (token?.kind === 'sign') {
        if (token.text === '{') depth++;
        else if (token.text === '}') depth--;
        else if (token.text === ';' || token.text === '=' || token.text === '(' || token.text === ':') return;
      } else if (depth === 0 && token?.text === 'from' && next?.kind === 'string') {
        into.push({ specifier: plain(next), line: tokens[start]?.line ?? 0 });
        return;
      } else if (depth === 0 && (token?.text === 'import' || token?.text === 'export')) return;
    }
  }
}

/** The whole argument, when it is one string or plain template: `'a' + b` is computed. */
function literal(tokens: readonly Token[], index: number): string | undefined {
  const [argument, end] = [tokens[index], tokens[index + 1]];
  if (end?.text !== ')' && end?.text !== ',') return undefined;
  return argument?.kind === 'string' || argument?.kind === 'template' ? plain(argument) : undefined;
}

/** Escapes have no place in a module's name; a name with one counts as computed. */
function plain(token: Token): string | undefined {
  return token.text.includes('\\') || token.text === '${' ? undefined : token.text;
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf('\n', from);
  return end < 0 ? source.length : end;
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}

/** The position after the closing quote; a string ends at its line at the latest. */
function quoteEnd(source: string, from: number): number {
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === source[from]) return at + 1;
    else if (source[at] === '\n') return at;
  }
  return source.length;
}

/** The position after the closing slash, or -1 when the line ends first: then the slash is a division. */
function regexEnd(source: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < source.length && source[at] !== '\n'; at++) {
    const char = source[at];
    if (char === '\\') at++;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return at + 1;
  }
  return -1;
}
