import type { FoundSecret } from '@lading/facts';
import { FileScan } from './file-scan.ts';
import type { RuleSet } from './rule-set.ts';
import { ScanBuffer } from './scan-buffer.ts';

/** Looks at one text after the other as if each were a file, whatever its path. */
export function textScanner(rules: RuleSet): (path: string, text: Uint8Array) => readonly FoundSecret[] {
  const buffer = new ScanBuffer();
  return (path, text) => {
    const file = new FileScan({ path, rules, buffer, binary: false, release: () => {} });
    file.push(text);
    return file.end();
  };
}
