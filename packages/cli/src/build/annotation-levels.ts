import type { BuildRequest } from '@lading/builder';
import { LadingError } from '@lading/errors';

/** Where an annotation can stand, by the names that buildx gives the places. */
const fields: Readonly<Record<string, keyof LeveledAnnotations>> = {
  manifest: 'annotations',
  index: 'indexAnnotations',
  'manifest-descriptor': 'descriptorAnnotations',
};

export type LeveledAnnotations = Pick<BuildRequest, 'annotations' | 'indexAnnotations' | 'descriptorAnnotations'>;

/**
 * Reads `NAME=VALUE`, which is the image's manifest, and `index,manifest:NAME=VALUE`. Of several with one name at one place the last
 * wins. Throws USAGE.
 */
export function leveledAnnotations(list: readonly string[]): LeveledAnnotations {
  const result: Partial<Record<keyof LeveledAnnotations, Record<string, string>>> = {};
  for (const text of list) {
    const prefix = /^[a-z,-]+(?:\[[^\]]*\])?:/.exec(text)?.[0] ?? '';
    const equals = text.indexOf('=');
    const leveled = prefix !== '' && (equals < 0 || prefix.length <= equals) && isLevels(prefix.slice(0, -1));
    const levels = leveled ? prefix.slice(0, -1).split(',') : ['manifest'];
    const name = text.slice(leveled ? prefix.length : 0, Math.max(0, equals));
    if (name === '' || equals < 0) {
      throw new LadingError('USAGE', `Cannot use --annotation ${text}: it is of the form NAME=VALUE`, {
        hint: `Before the name may stand where it goes: ${Object.keys(fields).join(', ')}, as in "index:NAME=VALUE".`,
      });
    }
    for (const level of levels) {
      const field = fields[level] ?? 'annotations';
      result[field] = { ...result[field], [name]: text.slice(equals + 1) };
    }
  }
  return result;
}

/** The attributes `annotation.NAME`, `annotation-index.NAME` and so on of an output, as `--annotation` writes them. */
export function annotationAttributes(attributes: ReadonlyMap<string, string>): string[] {
  return [...attributes].flatMap(([attribute, value]) => {
    const [, level, name] = /^annotation(?:-([a-z-]+))?\.(.*)$/.exec(attribute) ?? [];
    return name === undefined ? [] : [`${level ?? 'manifest'}:${name}=${value}`];
  });
}

function isLevels(text: string): boolean {
  return text.split(',').every((level) => Object.hasOwn(fields, level));
}
