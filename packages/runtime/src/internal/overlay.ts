import { release } from 'node:os';
import type { IdMapping } from '../engine/engine.ts';

export interface OverlayParts {
  /** The uppermost first. Relative to the folder that mount runs in, short, without `:` and `,`: all must fit in 4095 bytes. */
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly mapping: IdMapping;
  readonly readOnly?: boolean | undefined;
  /** Device nodes can be opened. Default false. */
  readonly devices?: boolean | undefined;
}

/**
 * The -o of an overlay mount. Features that would write references between layers into them are off: a layer must mean the same
 * everywhere. `nodev`: a container may make device nodes, for the layer, but not open them. `volatile`: a scratch layer does not outlive
 * a crash of the machine anyway, so that syncing by the package manager need not wait for the disk.
 */
export function overlayOptions({ lowers, upper, work, mapping, readOnly, devices }: OverlayParts): string {
  return [
    ...(readOnly ? ['ro'] : []),
    ...(devices ? [] : ['nodev']),
    ...(mapping === 'none' ? [] : ['userxattr']),
    `lowerdir=${lowers.join(':')}`,
    `upperdir=${upper}`,
    `workdir=${work}`,
    'index=off',
    'metacopy=off',
    'redirect_dir=nofollow',
    'xino=off',
    ...(hasVolatile() ? ['volatile'] : []),
  ].join(',');
}

function hasVolatile(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 10);
}
