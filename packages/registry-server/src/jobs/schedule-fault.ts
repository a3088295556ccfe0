/** What is wrong with a pattern; undefined when nothing is. */
export async function scheduleFault(pattern: string): Promise<string | undefined> {
  const { CronPattern } = await import('croner');
  try {
    new CronPattern(pattern, undefined, { mode: '5-part' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
