import type { TestContext } from 'node:test';
import { findProgram, runProgram } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { skipUnless } from './vectors.ts';

/** The folder of a disk of so many MiB that goes away with the test. Undefined after skipping the test because none can be mounted. */
export async function smallDisk(t: TestContext, mebibytes: number): Promise<string | undefined> {
  const [mount, umount] = [findProgram('mount'), findProgram('umount')];
  const able = process.getuid?.() === 0 && mount !== undefined && umount !== undefined;
  if (!skipUnless(t, able, 'a small disk: mounting one needs root, mount and umount') || !able) return undefined;
  // Before the folder is removed, and hooks run in order.
  let unmount = async (): Promise<void> => {};
  t.after(() => unmount());
  const folder = await temporaryFolder(t);
  const { code, stderr } = await runProgram(mount, ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
  if (!skipUnless(t, code === 0, `a small disk: ${stderr.trim()}`)) return undefined;
  unmount = async () => {
    const unmounted = await runProgram(umount, [folder]);
    if (unmounted.code !== 0) throw new Error(`the small disk cannot be unmounted: ${unmounted.stderr}`);
  };
  return folder;
}
