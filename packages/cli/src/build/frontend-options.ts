import { LadingError } from '@lading/errors';
import type { OptionValues } from '../command.ts';
import { cachesOf } from './cache-options.ts';

/** What a build is described by. */
export type Frontend = 'Dockerfile' | 'recipe' | 'buildpacks';

/** Options that mean nothing to some frontends, by the names that they have in their values, with those that take them. */
const takers: readonly (readonly [frontends: readonly Frontend[], names: readonly string[]])[] = [
  [['Dockerfile'], ['target', 'buildArg', 'buildContext', 'unpackLimit', 'locked', 'squash', 'flatten', 'cacheFilter']],
  [['Dockerfile'], ['secret', 'ssh', 'addHost', 'allow', 'memory', 'cpus', 'ulimit', 'shmSize', 'newPrivileges']],
  [['Dockerfile'], ['network', 'scrub', 'onError', 'cacheMountImport', 'cacheMountExport']],
  [['Dockerfile', 'buildpacks'], ['pull']],
  [['recipe'], ['lock']],
];

/** Refuses options that would be left out. Throws USAGE, which names the option and who takes it. */
export function assertTaken(frontend: Frontend, options: OptionValues): void {
  for (const [frontends, names] of takers) {
    const name = frontends.includes(frontend) ? undefined : names.find((one) => isGiven(one, options[one]));
    if (name === undefined) continue;
    const what = { Dockerfile: 'a Dockerfile', recipe: 'a recipe', buildpacks: 'with buildpacks' }[frontend];
    throw new LadingError('USAGE', `Cannot build ${what} with ${flagOf(name)}: it means nothing there`, {
      hint: `It is for builds of ${frontends.map((one) => (one === 'buildpacks' ? one : `${one}s`)).join(' and ')}.`,
    });
  }
  if (frontend === 'Dockerfile' || !cachesOf(options).to.some(({ type }) => type === 'inline')) return;
  throw new LadingError('USAGE', 'Cannot keep the cache on the image itself: that is for builds of Dockerfiles', {
    hint: 'Give it a place of its own: --cache-to type=registry,ref=NAME or type=local,dest=FOLDER.',
  });
}

/** Of options whose names begin with `--no-`: commander leaves that out, and has them true unless given. */
const negated: ReadonlySet<string> = new Set(['newPrivileges', 'cacheFilter']);

function isGiven(name: string, value: unknown): boolean {
  return value !== undefined && !(negated.has(name) && value === true);
}

function flagOf(name: string): string {
  return `--${negated.has(name) ? 'no-' : ''}${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
