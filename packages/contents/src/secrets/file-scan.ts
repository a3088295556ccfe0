import type { FoundSecret } from '@lading/facts';
import { countLines } from './count-lines.ts';
import { contextBytes, excerptOf, type Span } from './excerpt.ts';
import { passes } from './gate.ts';
import type { Match, RuleMatcher } from './rule-matcher.ts';
import type { RuleSet } from './rule-set.ts';
import type { ScanBuffer } from './scan-buffer.ts';
import type { SecretFile } from './secret-scanner.ts';
import { TextWindow } from './text-window.ts';
import { isBoundary, wordStart } from './word.ts';

/** The most that is told of one file: what has more is a test's data, or there to fill the memory. */
export const maxFindings = 200;

interface Found extends Match, Span {
  readonly matcher: RuleMatcher;
}

export interface FileScanOptions {
  readonly path: string;
  readonly rules: RuleSet;
  readonly buffer: ScanBuffer;
  /** Only rules that know a secret by its own characters: what a binary holds has no names and no lines. */
  readonly binary: boolean;
  /** The buffer is free again. */
  readonly release: (buffer: ScanBuffer) => void;
}

/** One file on its way past the rules. */
export class FileScan implements SecretFile {
  readonly #options: FileScanOptions;
  readonly #told = new Map<string, FoundSecret>();
  /** Where what each rule took last ends, in the buffer: what begins before that is a part of it. */
  readonly #over = new Map<RuleMatcher, number>();
  /** Whether rules that are for some files only are for this one. */
  readonly #for = new Map<RuleMatcher, boolean>();
  /** Secrets of the piece before, for the excerpts of this one. */
  #before: readonly Span[] = [];
  /** Of the first byte in the buffer. */
  #line = 1;

  constructor(options: FileScanOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    const { buffer } = this.#options;
    for (let at = 0; at < chunk.length && this.#told.size < maxFindings; ) {
      at += buffer.fill(chunk, at);
      if (buffer.isFull) this.#scan(false);
    }
  }

  end(): readonly FoundSecret[] {
    const { buffer, release } = this.#options;
    buffer.close();
    if (this.#told.size < maxFindings) this.#scan(true);
    buffer.reset();
    release(buffer);
    return [...this.#told.values()].slice(0, maxFindings);
  }

  #scan(final: boolean): void {
    const { buffer, rules, binary } = this.#options;
    const limit = buffer.limit(final);
    const found: Found[] = [];
    const text = new TextWindow(buffer);
    if (!binary && buffer.next === 0) this.#takeLines(found, text);
    rules.finder.find(buffer.bytes, buffer.next, limit, (at, keyword) => {
      const { length, matchers } = rules.keywords[keyword] as RuleSet['keywords'][number];
      for (const matcher of matchers) {
        const start = this.#startOf(matcher, at, length);
        if (start !== undefined) this.#take(found, matcher, matcher.matchAt(text, start), at, length);
      }
    });
    if (found.length > 0) this.#tell(found, limit);
    if (!final) this.#advance(found, limit);
  }

  /** Where a match of a rule begins whose keyword is at `at`; undefined where it cannot be one. */
  #startOf(matcher: RuleMatcher, at: number, length: number): number | undefined {
    const { rule } = matcher;
    const { buffer, binary } = this.#options;
    if (rule.paths !== undefined && !this.#isFor(matcher)) return undefined;
    if (rule.gate !== undefined && (binary || !passes(rule.gate, buffer.bytes, at + length))) return undefined;
    const { lead = 0 } = rule;
    const start = lead === 'word' ? wordStart(buffer.bytes, at) : at - lead;
    if (start < (this.#over.get(matcher) ?? 0)) return undefined;
    return rule.within === true || isBoundary(buffer.bytes, start) ? start : undefined;
  }

  /** Rules without keywords, at each line of the first piece. */
  #takeLines(found: Found[], text: TextWindow): void {
    const { rules, buffer } = this.#options;
    for (const matcher of rules.byLine) {
      if (!this.#isFor(matcher)) continue;
      for (let at = 0; at < buffer.length; at = buffer.lineAfter(at)) {
        this.#take(found, matcher, matcher.matchAt(text, at), at, 0);
      }
    }
  }

  #isFor(matcher: RuleMatcher): boolean {
    const known = this.#for.get(matcher);
    if (known !== undefined) return known;
    const isFor = matcher.isFor(this.#options.path);
    this.#for.set(matcher, isFor);
    return isFor;
  }

  #take(found: Found[], matcher: RuleMatcher, match: Match | undefined, at: number, length: number): void {
    if (match === undefined) return;
    this.#over.set(matcher, match.over);
    found.push({ ...match, matcher, shown: match.start === at ? length : 0 });
  }

  #tell(found: Found[], limit: number): void {
    const { buffer, rules, path } = this.#options;
    found.sort((a, b) => a.start - b.start || a.end - b.end);
    const nearby = [...this.#before, ...found];
    let line = this.#line;
    let counted = 0;
    for (const each of found) {
      const { rule } = each.matcher;
      if (this.#told.has(each.fingerprint) || found.some((other) => isToldInstead(other, each, rules))) continue;
      line += countLines(buffer.bytes, counted, each.start);
      counted = each.start;
      this.#told.set(each.fingerprint, {
        rule: rule.id,
        title: rule.title,
        severity: rule.severity,
        location: path,
        line,
        excerpt: excerptOf(buffer.bytes, each, nearby, limit),
        fingerprint: each.fingerprint,
      });
      if (this.#told.size >= maxFindings) return;
    }
  }

  #advance(found: readonly Found[], limit: number): void {
    const { buffer } = this.#options;
    const gone = buffer.gone(limit);
    this.#line += countLines(buffer.bytes, 0, gone);
    buffer.advance(limit);
    for (const [matcher, over] of this.#over) this.#over.set(matcher, over - gone);
    this.#before = found
      .filter(({ end }) => end > limit - contextBytes)
      .map(({ start, end, shown }) => ({ start: start - gone, end: end - gone, shown }));
  }
}

/** Whether another finding says of the same bytes what they are, with more reason. */
function isToldInstead(other: Found, found: Found, { order }: RuleSet): boolean {
  if (other === found || other.start >= found.end || other.end <= found.start) return false;
  return (order.get(other.matcher.rule) as number) < (order.get(found.matcher.rule) as number);
}
