// What clients were promised. Each writes a line before its request and one after the answer; a crash at any moment is then held against the
// lines up to it. Several clients may ask for the same name at the same time: then any of them may come last.

/** What a name is once the request is answered: a tag's digest; the size of a blob or manifest; the subject of a referrer; null: gone. */
export interface Claim {
  readonly kind: 'blob' | 'manifest' | 'tag' | 'referrer';
  readonly repository: string;
  readonly name: string;
  readonly value: string | number | null;
}

/** An upload that a client has begun: its bytes are `mixedBytes(size, seed)`. */
export interface OpenUpload {
  readonly repository: string;
  /** The path of its last `Location`. */
  readonly location: string;
  readonly digest: string;
  readonly size: number;
  readonly seed: number;
}

export type Line =
  | { readonly line: 'start'; readonly id: number; readonly claims: readonly Claim[] }
  /** `done`: with success; `refused`: nothing was changed. Without either, nobody knows. */
  | { readonly line: 'done' | 'refused'; readonly id: number }
  /** The request has shown that this is so. */
  | { readonly line: 'seen'; readonly id: number; readonly claims: readonly Claim[] }
  | { readonly line: 'upload'; readonly upload: OpenUpload }
  | { readonly line: 'uploaded'; readonly location: string }
  /** The server that ran before is gone. */
  | { readonly line: 'session' };

export interface Promises {
  /** By repository and name: the values that are right. A name that is not here was never spoken of. */
  values(kind: Claim['kind']): ReadonlyMap<string, ReadonlySet<Claim['value']>>;
  /** Values of a tag that were acknowledged, whatever came after. */
  acknowledged(key: string): ReadonlySet<Claim['value']>;
  readonly uploads: ReadonlyMap<string, OpenUpload>;
  /** Lines that said so. */
  readonly done: number;
}

export function keyOf({ repository, name }: Pick<Claim, 'repository' | 'name'>): string {
  return `${repository} ${name}`;
}

/** Of one name. */
interface Attempt {
  readonly value: Claim['value'];
  readonly start: number;
  /** Nothing changes because of it after this. */
  end: number;
  state: 'under way' | 'done' | 'refused';
}

export function readPromises(lines: Iterable<string>): Promises {
  const names = new Map<string, Map<string, Attempt[]>>();
  const running = new Map<number, { readonly start: number; readonly attempts: readonly Attempt[] }>();
  const uploads = new Map<string, OpenUpload>();
  let [at, done] = [0, 0];
  const note = ({ kind, value, ...name }: Claim, start: number): Attempt => {
    const attempt: Attempt = { value, start, end: Number.POSITIVE_INFINITY, state: 'under way' };
    const known = names.get(kind) ?? new Map<string, Attempt[]>();
    names.set(kind, known.set(keyOf(name), [...(known.get(keyOf(name)) ?? []), attempt]));
    return attempt;
  };
  for (const text of lines) {
    at++;
    const line = JSON.parse(text) as Line; // our own lines
    switch (line.line) {
      case 'start':
        running.set(line.id, { start: at, attempts: line.claims.map((claim) => note(claim, at)) });
        break;
      case 'seen':
        for (const claim of line.claims) {
          Object.assign(note(claim, running.get(line.id)?.start ?? at), { end: at, state: 'done' });
        }
        running.delete(line.id);
        break;
      case 'done':
      case 'refused':
        for (const attempt of running.get(line.id)?.attempts ?? [])
          Object.assign(attempt, { end: at, state: line.line });
        running.delete(line.id);
        if (line.line === 'done') done++;
        break;
      case 'upload':
        uploads.set(line.upload.location, line.upload);
        break;
      case 'uploaded':
        uploads.delete(line.location);
        break;
      case 'session':
        for (const { attempts } of running.values()) for (const attempt of attempts) attempt.end = at;
        running.clear();
        break;
    }
  }
  const valuesOf = (attempts: readonly Attempt[]): Set<Claim['value']> => {
    const certain = attempts.filter(({ state }) => state === 'done');
    const last = Math.max(0, ...certain.map(({ start }) => start));
    // What ended before another began that was done is over.
    const possible = attempts.filter(({ state, end }) => state !== 'refused' && end > last);
    return new Set([...(certain.length === 0 ? [null] : []), ...possible.map(({ value }) => value)]);
  };
  return {
    values: (kind) => new Map([...(names.get(kind) ?? [])].map(([key, attempts]) => [key, valuesOf(attempts)])),
    acknowledged: (key) =>
      new Set((names.get('tag')?.get(key) ?? []).filter(({ state }) => state === 'done').map(({ value }) => value)),
    uploads,
    done,
  };
}
