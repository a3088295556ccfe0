import type { TarHeader } from '@lading/tar';
import { isElf } from '../../elf/elf.ts';

/** An ELF file that somebody may run. Libraries are mode 644: they are the packages' that brought them. */
export function isExecutable(file: TarHeader, start: Uint8Array): boolean {
  return (file.mode & 0o111) !== 0 && isElf(start);
}
