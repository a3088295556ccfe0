import type { Dockerfile } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import type { BuildRequest } from './request.ts';

/** 1980-01-01T00:00:01Z: the earliest time that every archive format in containers can hold, ZIP included. */
export const defaultEpoch = 315_532_801;

/**
 * The time that new content is dated to at the latest, in seconds since 1970: `SOURCE_DATE_EPOCH` as the reproducible-builds
 * specification has it, else the fallback. Throws BUILD_INVALID for a value that is not a number of seconds.
 */
export function sourceDateEpoch(environment: NodeJS.ProcessEnv = process.env, fallback: number = defaultEpoch): number {
  const text = environment.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return fallback;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new LadingError('BUILD_INVALID', `Cannot use SOURCE_DATE_EPOCH="${text}": it is not a number of seconds`, {
    hint: 'Give whole seconds since 1970, as "git log -1 --format=%ct" prints them, "context", or unset it.',
  });
}

export interface BuildTimes {
  /** What files in new layers are dated to at the latest. */
  readonly epoch: number;
  /** When the image says that it was made. */
  readonly created: number;
}

export interface BuildTimesOptions {
  /** SOURCE_DATE_EPOCH, as a build argument, else of the environment, else as the Dockerfile has it; empty counts as absent. */
  readonly setting: string | undefined;
  /** Of the commit that the context is a checkout of. */
  readonly commitTime: () => Promise<number | undefined>;
}

/**
 * A number, or `context` for the time of the context's commit, dates everything. Without either the image is dated to the commit, and the
 * files in it to a constant: else a new commit would make every layer a new one. Throws BUILD_INVALID.
 */
export async function buildTimes({ setting, commitTime }: BuildTimesOptions): Promise<BuildTimes> {
  if (setting === undefined || setting === '')
    return { epoch: defaultEpoch, created: (await commitTime()) ?? defaultEpoch };
  if (setting !== 'context') {
    const epoch = sourceDateEpoch({ SOURCE_DATE_EPOCH: setting });
    return { epoch, created: epoch };
  }
  const epoch = await commitTime();
  if (epoch !== undefined) return { epoch, created: epoch };
  throw new LadingError(
    'BUILD_INVALID',
    'Cannot use SOURCE_DATE_EPOCH=context: the build context is in no git repository',
    {
      hint: 'Give whole seconds since 1970, or unset it.',
    },
  );
}

/** What a Dockerfile says before its first FROM: `ARG SOURCE_DATE_EPOCH=context`. */
export function epochOf({ globalArgs }: Pick<Dockerfile, 'globalArgs'>): string | undefined {
  const args = globalArgs.flatMap((instruction) => instruction.args);
  return args.findLast(({ name }) => name === 'SOURCE_DATE_EPOCH')?.value;
}

/** The times of a build: as its request says, else by SOURCE_DATE_EPOCH. */
export async function timesOf(
  { epoch, created, buildArgs = {} }: Pick<BuildRequest, 'epoch' | 'created' | 'buildArgs'>,
  dockerfile: Pick<Dockerfile, 'globalArgs'>,
  context: Pick<BuildTimesOptions, 'commitTime'>,
): Promise<BuildTimes> {
  if (epoch !== undefined) return { epoch, created: created ?? epoch };
  const setting = buildArgs.SOURCE_DATE_EPOCH || process.env.SOURCE_DATE_EPOCH || epochOf(dockerfile);
  const commitTime = async (): Promise<number | undefined> => created ?? (await context.commitTime());
  return buildTimes({ setting, commitTime: setting === 'context' ? context.commitTime : commitTime });
}

/** As configs and histories write a time. */
export function isoTime(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
}
