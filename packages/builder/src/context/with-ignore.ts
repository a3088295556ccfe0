import type { IgnoreFile } from '@lading/dockerfile';
import type { FileSource, SourceFile } from '../file-source.ts';

/** A source without what an ignore file leaves out. A folder stays as a passage when an exception may bring back something below it. */
export function withIgnore(source: FileSource, ignore: IgnoreFile): FileSource {
  if (ignore.patterns.length === 0) return source;
  const visible = (file: SourceFile): SourceFile | undefined => {
    if (file.path === '' || !ignore.matches(file.path)) return file;
    const passage = file.type === 'directory' && ignore.couldMatchBelow(file.path);
    return passage ? { ...file, passage } : undefined;
  };
  return {
    ...source,
    async find(path, options) {
      const file = await source.find(path, options);
      if (file === undefined) return undefined;
      // Asked for through a link, that link must not be left out either.
      const asked = path.replace(/^\/+|\/+$/g, '');
      if (asked !== '' && asked !== file.path && ignore.matches(asked)) return undefined;
      return visible(file);
    },
    async list(folder) {
      return (await source.list(folder)).flatMap((file) => visible(file) ?? []);
    },
  };
}
