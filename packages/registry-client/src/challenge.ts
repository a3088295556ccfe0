/** One way that a server offers to authenticate. RFC 9110 §11.6.1. */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case; values unquoted. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** tchar of RFC 9110 §5.6.2. */
const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y;
const blank = /[ \t]*/y;

/**
 * Reads the `WWW-Authenticate` header: one or several challenges, in one line or several. The comma separates both parameters and
 * challenges; what tells them apart is the `=`. Reading stops at the first thing that is no challenge; what came before it stands.
 */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  const lines = header === undefined ? [] : typeof header === 'string' ? [header] : header;
  return lines.flatMap(parseLine);
}

function parseLine(line: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match !== null) at += match[0].length;
    return match;
  };
  while (at < line.length) {
    take(blank);
    if (line[at] === ',') {
      at++;
      continue;
    }
    const name = take(token)?.[0]?.toLowerCase();
    if (name === undefined) break;
    take(blank);
    const current = challenges.at(-1);
    if (line[at] === '=' && current !== undefined) {
      at++;
      take(blank);
      const value = line[at] === '"' ? take(quoted)?.[1]?.replace(/\\(.)/g, '$1') : take(token)?.[0];
      if (value === undefined) break;
      // A repeated parameter is an error of the server; the first one counts, so that a later one cannot replace the realm.
      if (!Object.hasOwn(current.parameters, name)) current.parameters[name] = value;
      continue;
    }
    if (line[at] === '=') break;
    challenges.push({ scheme: name, parameters: Object.create(null) as Record<string, string> });
    // A scheme may carry one bare value (Negotiate); it is of no use here.
    take(token68Parameter(line, at) ? token68 : blank);
  }
  return challenges.map(({ scheme, parameters }) => ({ scheme, parameters: { ...parameters } }));
}

/** True when a bare value stands here, and not the first `name=value`. */
function token68Parameter(line: string, at: number): boolean {
  token68.lastIndex = at;
  const match = token68.exec(line);
  if (match === null) return false;
  // `Basic, Bearer realm=…`: after a comma comes the next scheme; that is not reached here because the comma is no token68.
  return line[at - 1] === ' ' || line[at - 1] === '\t';
}
