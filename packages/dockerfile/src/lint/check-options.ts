import { LadingError } from '@lading/errors';

/** What `# check=` says: which checks to leave out, and whether findings fail the build. */
export interface CheckOptions {
  readonly skip: ReadonlySet<string> | 'all';
  readonly experimental: ReadonlySet<string> | 'all';
  readonly error: boolean;
}

const nothing: ReadonlySet<string> = new Set();

/**
 * Reads `skip=A,B;experimental=all;error=true`: members between semicolons, rule names between commas (Dockerfile reference §check).
 * Throws DOCKERFILE_INVALID for anything else.
 */
export function parseCheck(text: string): CheckOptions {
  let skip: CheckOptions['skip'] = nothing;
  let experimental: CheckOptions['experimental'] = nothing;
  let error = false;
  for (const member of text.trim() === '' ? [] : text.split(';')) {
    const equals = member.indexOf('=');
    const key = member.slice(0, Math.max(0, equals)).trim();
    const value = member.slice(equals + 1).trim();
    if (key === 'skip') skip = names(value);
    else if (key === 'experimental') experimental = names(value);
    else if (key === 'error' && /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value))
      error = /^[1tT]/.test(value);
    else throw invalid(member);
  }
  return { skip, experimental, error };
}

function names(value: string): ReadonlySet<string> | 'all' {
  return value === 'all' ? 'all' : new Set(value.split(',').map((name) => name.trim()));
}

function invalid(member: string): LadingError {
  return new LadingError('DOCKERFILE_INVALID', `Cannot read the check option ${JSON.stringify(member.trim())}`, {
    hint: 'Write # check=skip=RuleA,RuleB;error=true, with skip, experimental and error.',
  });
}

/**
 * The rules that comments above an instruction leave out for it: the first of the form `# check=skip=A,B` counts, and what stands
 * behind a space is a reason. A comment that cannot be read is a comment.
 */
export function skippedByComments(comments: readonly { readonly text: string }[]): CheckOptions['skip'] {
  for (const { text } of comments) {
    const [, value] = /^check\s*=\s*(\S+)/i.exec(text) ?? [];
    if (value === undefined) continue;
    try {
      return parseCheck(value).skip;
    } catch {
      return nothing;
    }
  }
  return nothing;
}
