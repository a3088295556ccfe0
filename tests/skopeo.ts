import type { TestContext } from 'node:test';
import { findProgram, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { succeeded } from './lading.ts';

/** Runs skopeo on what has to succeed: its stdout without the last line break. */
export type Skopeo = (...args: string[]) => Promise<string>;

/** Skopeo over plain HTTP, with temporary files of its own. Undefined after skipping the test because it is not installed. */
export async function openSkopeo(t: TestContext): Promise<Skopeo | undefined> {
  const program = findProgram('skopeo');
  if (!skipUnless(t, program !== undefined, 'the program skopeo')) return undefined;
  const folder = await temporaryFolder(t);
  const tls: Readonly<Record<string, readonly string[]>> = {
    copy: ['--src-tls-verify=false', '--dest-tls-verify=false'],
    sync: ['--src-tls-verify=false', '--dest-tls-verify=false'],
  };
  return async (command, ...args) => {
    const options = ['--insecure-policy', '--tmpdir', folder];
    const full = [...options, command ?? '', ...(tls[command ?? ''] ?? ['--tls-verify=false']), ...args];
    const outcome = await runProgram(program ?? 'skopeo', full, { env: { ...process.env, HOME: folder } });
    return succeeded(`skopeo ${command} ${args.join(' ')}`, { signal: null, ...outcome });
  };
}
