import { enginesHere } from '../engines.ts';

/** Something that must not change a byte of an image. */
export interface Variation {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly umask?: string;
  /** In a home that has nothing of the other one but the base. */
  readonly elsewhere?: true;
}

/** Warm, cold in another home, with one worker and four, under other umasks, and in every engine of this machine. */
export async function variations(): Promise<readonly Variation[]> {
  const engines = await enginesHere();
  return [
    { name: 'warm', args: [] },
    { name: 'one worker, umask 077', args: ['--no-cache', '--workers=1'], umask: '077' },
    { name: 'four workers, umask 000', args: ['--no-cache', '--workers=4'], umask: '000' },
    {
      name: 'another home, time zone and locale',
      args: ['--workers=4'],
      env: { TZ: 'Asia/Kathmandu', LC_ALL: 'C' },
      elsewhere: true,
    },
    ...engines.map((engine) => ({ name: engine, args: ['--no-cache'], env: { LADING_ENGINE: engine } })),
  ];
}
