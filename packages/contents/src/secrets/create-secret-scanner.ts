import type { FoundSecret } from '@lading/facts';
import { fileKind } from './file-kind.ts';
import { findByName } from './file-name.ts';
import { FileScan } from './file-scan.ts';
import type { SecretRule } from './rule.ts';
import { compileRules, type RuleSet } from './rule-set.ts';
import { allSecretRules } from './rules/all-rules.ts';
import { ScanBuffer } from './scan-buffer.ts';
import type { SecretFile, SecretScanner } from './secret-scanner.ts';
import { isSkipped } from './skipped-path.ts';
import { Utf16File } from './utf16-file.ts';

export interface SecretScannerOptions {
  /** More rules, from `parseSecretRules`. They are tried before the ones that are built in; one of the same id takes its place. */
  readonly rules?: readonly SecretRule[] | undefined;
  /** Also look into what others ship: tests, examples and manuals of packages, where keys are examples. False unless told. */
  readonly vendored?: boolean | undefined;
}

/** Larger binaries are programs and their data; in small ones, such as compiled Python, tokens are found that need no name. */
const maxBinaryBytes = 1024 * 1024;

/** What is shorter holds no secret. */
const minBytes = 12;

let builtIn: RuleSet | undefined;

/**
 * A scanner with all rules, for any number of files, one after the other or several at a time. It holds a buffer of some 300 KiB for each file
 * that is open at the same time, whatever their sizes.
 */
export function createSecretScanner(options: SecretScannerOptions = {}): SecretScanner {
  const rules = ruleSetOf(options);
  const free: ScanBuffer[] = [];
  const release = (buffer: ScanBuffer): void => void free.push(buffer);

  function begin(path: string, size: number, start: Uint8Array): SecretFile | undefined {
    if (size < minBytes || isSkipped(path, options.vendored === true)) return undefined;
    const kind = fileKind(start);
    if (kind === 'packed' || (kind === 'binary' && size > maxBinaryBytes)) return undefined;
    const buffer = free.pop() ?? new ScanBuffer();
    const file = new FileScan({ path, rules, buffer, binary: kind === 'binary', release });
    return kind === 'text' || kind === 'binary' ? file : new Utf16File(file, kind === 'utf-16le');
  }

  function byName(path: string): readonly FoundSecret[] {
    const found = findByName(path);
    return found.length > 0 && isSkipped(path, options.vendored === true) ? [] : found;
  }

  return { begin, byName };
}

/** The rules that options ask for, ready to be used. */
export function ruleSetOf({ rules: own = [] }: SecretScannerOptions): RuleSet {
  if (own.length > 0) {
    const ids = new Set(own.map(({ id }) => id));
    return compileRules([...own, ...allSecretRules.filter(({ id }) => !ids.has(id))]);
  }
  builtIn ??= compileRules(allSecretRules);
  return builtIn;
}
