import type { Cataloger } from '../cataloger.ts';
import { readInstalled } from './installed.ts';

/** Ten times what a machine with everything installed has. */
const maxBytes = 32 << 20;

/** apk 3 has moved it to where the rest of the system is. */
const paths: readonly string[] = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'];

/** Packages of Alpine, Wolfi and their children, with the paths that they own. */
export const apkCataloger: Cataloger = {
  name: 'apk',
  wants: ({ path }) => paths.includes(path),
  async *read(file) {
    yield* readInstalled(await file.whole(maxBytes));
  },
};
