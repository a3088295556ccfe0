/** Files in which passwords of accounts stand, and how long one may be for someone to look into it. */
export const accountFiles: ReadonlySet<string> = new Set(['etc/passwd', 'etc/shadow']);
export const maxAccountBytes: number = 1 << 20;

/** The accounts that let anybody in: an empty second field. passwd(5), shadow(5). */
export function emptyPasswordsIn(content: Buffer): readonly string[] {
  const names: string[] = [];
  for (const line of content.toString('latin1').split('\n')) {
    const [name, password, ...rest] = line.split(':');
    if (name !== undefined && name !== '' && password === '' && rest.length > 0) names.push(name);
  }
  return names;
}
