import { LadingError } from '@lading/errors';

export interface NameValuesOptions {
  /** A bare NAME takes its value from the environment, and is left out where that has none. */
  readonly fromEnvironment?: boolean | undefined;
}

/** The `NAME=VALUE` values of a repeated option as a record; the last of a name wins. Throws USAGE. */
export function nameValues(
  list: readonly string[],
  option: string,
  { fromEnvironment = false }: NameValuesOptions = {},
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const text of list) {
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    const value = equals < 0 ? (fromEnvironment ? process.env[name] : undefined) : text.slice(equals + 1);
    if (name === '' || (equals < 0 && !fromEnvironment)) {
      throw new LadingError('USAGE', `Cannot use ${option} ${text}: it is of the form NAME=VALUE`);
    }
    if (value !== undefined) result[name] = value;
  }
  return result;
}
