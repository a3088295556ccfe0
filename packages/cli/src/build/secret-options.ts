import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SecretSource, SshSource } from '@lading/builder';
import { csvFields } from '@lading/dockerfile';
import { LadingError, nearest } from '@lading/errors';

const keys = ['id', 'src', 'source', 'env', 'type'];

/**
 * `id=ID,src=PATH` or `id=ID,env=NAME`, as buildx has it. With the id alone, the variable of that name, else the file. Throws USAGE.
 */
export function parseSecret(text: string): readonly [id: string, source: SecretSource] {
  const values = new Map<string, string>();
  for (const field of csvFields(text) ?? []) {
    const equals = field.indexOf('=');
    const key = field.slice(0, equals).trim().toLowerCase();
    if (equals < 1 || !keys.includes(key))
      throw invalid(text, `"${field}" is not one of its attributes`, nearest(key, keys));
    values.set(key === 'source' ? 'src' : key, field.slice(equals + 1));
  }
  const { id, src, env, type } = Object.fromEntries(values);
  if (id === undefined || id === '') throw invalid(text, 'it has no id');
  if (type !== undefined && type !== 'file' && type !== 'env') throw invalid(text, 'its type is file or env');
  if (env !== undefined && src !== undefined) throw invalid(text, 'it has both src and env');
  if (env !== undefined) return [id, { kind: 'environment', name: env }];
  // With type=env, src is the name of the variable.
  if (type === 'env') return [id, { kind: 'environment', name: src ?? id }];
  if (src === undefined && type === undefined && process.env[id] !== undefined)
    return [id, { kind: 'environment', name: id }];
  const path = resolve(src ?? id);
  if (!existsSync(path)) throw invalid(text, `there is no file ${path}`);
  return [id, { kind: 'file', path }];
}

/** `default`, `ID` or `ID=SOCKET` or `ID=KEY,KEY`. Throws USAGE. */
export function parseSsh(text: string): readonly [id: string, source: SshSource] {
  const equals = text.indexOf('=');
  const id = equals < 0 ? text : text.slice(0, equals);
  if (id === '') throw new LadingError('USAGE', `Cannot use --ssh ${text}: it has no id`);
  const paths =
    equals < 0
      ? []
      : text
          .slice(equals + 1)
          .split(',')
          .filter((path) => path !== '');
  return [id, { paths: paths.map((path) => resolve(path)) }];
}

/** The text is not shown whole: somebody may have put the secret itself in it. */
function invalid(text: string, why: string, meant?: string): LadingError {
  const shown = text.slice(0, text.indexOf(',') < 0 ? 12 : text.indexOf(','));
  return new LadingError('USAGE', `Cannot use --secret ${shown}…: ${why}`, {
    hint:
      meant === undefined
        ? 'For example --secret id=token,src=token.txt or --secret id=token,env=TOKEN.'
        : `Did you mean ${meant}?`,
  });
}
