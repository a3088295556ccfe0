import { posix } from 'node:path';
import { type Mount, type MountSharing, parseMount, type RunInstruction } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';

/** One `--mount` of a RUN with everything filled in (Dockerfile reference §run---mount). Targets are absolute and clean. */
export type StepMount =
  | {
      readonly type: 'bind';
      readonly from: string | undefined;
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
    }
  | {
      readonly type: 'cache';
      readonly id: string;
      /** Where the first content comes from. */
      readonly from: string | undefined;
      readonly source: string;
      readonly target: string;
      readonly sharing: MountSharing;
      readonly readOnly: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly sizeBytes: number | undefined }
  | {
      readonly type: 'secret';
      readonly id: string;
      /** Undefined where there is only a variable. */
      readonly target: string | undefined;
      readonly env: string | undefined;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly type: 'ssh';
      readonly id: string;
      readonly target: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** The mounts of an instruction, in its order. Throws DOCKERFILE_INVALID, BUILD_INVALID. */
export function stepMounts(
  instruction: Pick<RunInstruction, 'mounts'>,
  expandValue: (value: string) => string,
  workdir: string,
): readonly StepMount[] {
  const mounts = instruction.mounts.map(({ text }) => parseMount(text, expandValue));
  const agents = mounts.filter(({ type }) => type === 'ssh');
  return mounts.map((mount) => completed(mount, workdir, agents.indexOf(mount)));
}

/** `agent`: which of the ssh mounts it is. */
function completed(mount: Mount, workdir: string, agent: number): StepMount {
  const at = (path: string): string => posix.resolve('/', workdir, path);
  const { mode, uid = 0, gid = 0, required } = mount;
  switch (mount.type) {
    case 'bind': {
      const target = at(targetOf(mount));
      return { type: 'bind', from: mount.from, source: sourceOf(mount), target, readOnly: mount.readOnly };
    }
    case 'cache': {
      const target = at(targetOf(mount));
      if (mount.source !== undefined && mount.from === undefined) {
        throw new LadingError(
          'BUILD_UNSUPPORTED',
          'the source of a cache mount says what it starts with: it needs a from',
          {
            hint: 'Leave source out, or name a stage or an image with from=….',
          },
        );
      }
      return {
        ...{ type: 'cache', id: mount.id ?? target, from: mount.from, source: sourceOf(mount), target },
        ...{ sharing: mount.sharing ?? 'shared', readOnly: mount.readOnly, mode: mode ?? 0o755, uid, gid },
      };
    }
    case 'tmpfs':
      return { type: 'tmpfs', target: at(targetOf(mount)), sizeBytes: mount.sizeBytes };
    case 'secret': {
      // `source` is an older name of `id`.
      const id = mount.source ?? mount.id ?? posix.basename(mount.target ?? '');
      const file = mount.target ?? (mount.env === undefined ? `/run/secrets/${posix.basename(id)}` : undefined);
      const env = mount.env === undefined ? undefined : mount.env || id;
      if (env !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(env)) {
        throw new LadingError('BUILD_INVALID', `the secret ${id} cannot be the variable ${JSON.stringify(env)}`, {
          hint: 'Letters, digits and underscores make a name: env=TOKEN.',
        });
      }
      const target = file === undefined ? undefined : at(file);
      return { type: 'secret', id, target, env, required, mode: mode ?? 0o400, uid, gid };
    }
    case 'ssh': {
      const target = at(mount.target ?? `/run/buildkit/ssh_agent.${agent}`);
      return { type: 'ssh', id: mount.id ?? 'default', target, required, mode: mode ?? 0o600, uid, gid };
    }
  }
}

function targetOf({ type, target }: Mount): string {
  if (target !== undefined && target !== '' && posix.resolve('/', target) !== '/') return target;
  throw new LadingError(
    'BUILD_INVALID',
    target === undefined || target === ''
      ? `a ${type} mount needs a target`
      : `a ${type} mount cannot cover the root of the file system`,
    { hint: 'Say where it goes: target=/path.' },
  );
}

function sourceOf({ source = '/' }: Mount): string {
  return posix.resolve('/', source);
}

/** What of the mounts decides about a step's result: nothing of what secrets and caches hold. */
export function mountsKey(mounts: readonly StepMount[]): readonly string[] | undefined {
  if (mounts.length === 0) return undefined;
  return mounts.map((mount) => JSON.stringify(Object.entries(mount).sort(([a], [b]) => (a < b ? -1 : 1))));
}
