import { LadingError, Secret } from '@lading/errors';
import type { MachineProblem, Mount, Snapshot, Snapshots } from '@lading/runtime';
import type { DockerfileSession, StepSession } from '../step/session.ts';
import { type HeldCacheMount, holdCacheMount } from './cache-mount.ts';
import { cacheMountKey } from './cache-mount-info.ts';
import type { MountSource } from './mount-source.ts';
import { openSshAgent } from './ssh-agent.ts';
import type { StepMount } from './step-mounts.ts';

/** What a step's mounts come to while it runs. */
export interface StepResources {
  readonly mounts: readonly Mount[];
  readonly secretEnv: Readonly<Record<string, Secret>>;
  readonly env: Readonly<Record<string, string>>;
  release(): Promise<void>;
}

/** A mount with the source that it was found to have. */
export interface SourcedMount {
  readonly mount: StepMount;
  readonly source: MountSource | undefined;
}

/** The snapshots that bind mounts show, to be held for as long as the step's layer. */
export async function bindSnapshots(
  snapshots: Snapshots,
  mounts: readonly SourcedMount[],
): Promise<ReadonlyMap<StepMount, { readonly snapshot: Snapshot; readonly path: string }>> {
  const found = new Map<StepMount, { readonly snapshot: Snapshot; readonly path: string }>();
  for (const { mount, source } of mounts)
    if (mount.type === 'bind' && source !== undefined) found.set(mount, await source.snapshot(snapshots));
  return found;
}

/** Opens everything that the mounts name. Throws BUILD_INVALID for a secret or agent that is required and was not given. */
export async function openResources(
  session: StepSession & DockerfileSession,
  snapshots: Snapshots,
  mounts: readonly SourcedMount[],
  binds: Awaited<ReturnType<typeof bindSnapshots>>,
): Promise<StepResources> {
  const opened: Mount[] = [];
  const secretEnv: Record<string, Secret> = {};
  const env: Record<string, string> = {};
  const closers: (() => Promise<void>)[] = [];
  // A step that names one cache twice must not wait for itself.
  const caches = new Map<string, HeldCacheMount>();
  const release = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  const { options, secrets, cacheFolder } = session.run;
  try {
    // In one order everywhere: steps that want two locked caches each must not wait for each other.
    for (const { mount, source } of mounts.toSorted(byCache)) {
      switch (mount.type) {
        case 'bind': {
          const { snapshot, path } = binds.get(mount) ?? {};
          if (snapshot === undefined) break;
          opened.push({ kind: 'snapshot', snapshot, source: path, target: mount.target, readOnly: mount.readOnly });
          break;
        }
        case 'cache': {
          const { mapping } = snapshots.machine;
          if (mapping === undefined) break;
          const waiting = (): void => {
            session.emit({
              kind: 'notice',
              text: `${session.step.title} waits for the cache mount ${mount.id}, which another step uses`,
            });
          };
          const initial = source === undefined ? undefined : () => source.entries();
          const key = cacheMountKey(mount);
          let held = caches.get(key);
          if (held === undefined) {
            held = await holdCacheMount(
              { cacheFolder, mapping },
              { ...mount, initial },
              { signal: session.signal, waiting },
            );
            caches.set(key, held);
            closers.push(held.release);
          }
          opened.push({ source: held.folder, target: mount.target, readOnly: mount.readOnly });
          break;
        }
        case 'tmpfs':
          opened.push({ kind: 'tmpfs', target: mount.target, sizeBytes: mount.sizeBytes });
          break;
        case 'secret': {
          const content = await secrets.read(mount.id);
          if (content === undefined) {
            if (mount.required) throw notGiven('secret', mount.id, '--secret id=ID,src=PATH or id=ID,env=NAME');
            break;
          }
          const { mode, uid, gid, target } = mount;
          if (mount.env !== undefined) secretEnv[mount.env] = new Secret(content.toString('utf8'));
          if (target !== undefined) opened.push({ kind: 'file', content, target, mode, uid, gid });
          break;
        }
        case 'ssh': {
          const given = options.ssh?.get(mount.id);
          if (given === undefined) {
            if (mount.required) throw notGiven('ssh agent', mount.id, '--ssh default or --ssh ID=PATH');
            break;
          }
          const agent = await openSshAgent(mount.id, given, session);
          closers.push(agent.close);
          const { mode, uid, gid, target } = mount;
          opened.push({ kind: 'socket', connect: agent.connect, target, mode, uid, gid });
          env.SSH_AUTH_SOCK ??= target;
        }
      }
    }
    refuseInsideCaches(mounts);
    return { mounts: opened, secretEnv, env, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Of several mounts of one cache the most exclusive comes first, which is the one that is held for all: locked, private, shared. */
function byCache({ mount: one }: SourcedMount, { mount: other }: SourcedMount): number {
  const [a = '', b = ''] = [one, other].map((mount) =>
    mount.type === 'cache' ? `1${cacheMountKey(mount)}${mount.sharing}` : '0',
  );
  return a < b ? -1 : a === b ? 0 : 1;
}

function notGiven(what: string, id: string, option: string): LadingError {
  return new LadingError('BUILD_INVALID', `the step requires the ${what} "${id}", and the build was given none`, {
    hint: `Give it with ${option}, or take required away.`,
  });
}

/** What steps at the same time do in a shared cache could lead a mount inside it astray. */
function refuseInsideCaches(mounts: readonly SourcedMount[]): void {
  const caches = mounts.flatMap(({ mount }) => (mount.type === 'cache' ? [mount.target] : []));
  for (const { mount } of mounts) {
    const cache = caches.find((target) => mount.target?.startsWith(`${target}/`));
    if (cache === undefined) continue;
    throw new LadingError('BUILD_UNSUPPORTED', `a mount at ${mount.target} would lie inside the cache mount ${cache}`, {
      hint: 'Mount it beside the cache.',
    });
  }
}

/** What this machine lacks, as one sentence. */
export function describeProblem({ what, why, remedy }: MachineProblem): string {
  return `${what}: ${why}. ${remedy}`;
}
