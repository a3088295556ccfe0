import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import type { BindMount } from '@lading/runtime';

// Container Device Interface 0.6 §CDI JSON specification: vendors and administrators describe devices in files of these folders.
const folders: readonly string[] = ['/etc/cdi', '/var/run/cdi'];

/** What `RUN --device=NAME` gives a step. */
export interface StepDevices {
  readonly mounts: readonly BindMount[];
  /** `NAME=value`. */
  readonly env: readonly string[];
}

interface Edits {
  readonly env?: readonly string[];
  readonly deviceNodes?: readonly { readonly path: string; readonly hostPath?: string }[];
  readonly mounts?: readonly {
    readonly hostPath: string;
    readonly containerPath: string;
    readonly options?: readonly string[];
  }[];
}

interface Spec {
  readonly kind: string;
  readonly containerEdits?: Edits;
  readonly devices?: readonly { readonly name: string; readonly containerEdits?: Edits }[];
}

/**
 * Finds devices by name: `vendor.com/class=name`, `vendor.com/class=*` for all of a class, `vendor.com/class` for its first. One that is
 * not required and not there is left out. Throws BUILD_INVALID for one that is.
 */
export async function findDevices(
  wanted: readonly { readonly name: string; readonly required: boolean }[],
  places: readonly string[] = folders,
): Promise<StepDevices> {
  if (wanted.length === 0) return { mounts: [], env: [] };
  const specs = await readSpecs(places);
  const edits = wanted.flatMap(({ name, required }) => {
    const found = editsOf(specs, name);
    if (found.length > 0 || !required) return found;
    const known = specs.flatMap(({ kind, devices = [] }) => devices.map((device) => `${kind}=${device.name}`));
    throw new LadingError(
      'BUILD_INVALID',
      `the step requires the device ${name}, and this machine describes none of that name`,
      {
        hint:
          known.length > 0
            ? `It describes ${known.join(', ')}.`
            : `Descriptions lie in ${places.join(' and ')}, as JSON.`,
      },
    );
  });
  return {
    env: edits.flatMap(({ env = [] }) => env),
    mounts: edits.flatMap(({ deviceNodes = [], mounts = [] }) => [
      ...deviceNodes.map(({ path, hostPath }) => ({ source: hostPath ?? path, target: path })),
      ...mounts.map(({ hostPath, containerPath, options = [] }) => ({
        ...{ source: hostPath, target: containerPath, readOnly: options.includes('ro') },
      })),
    ]),
  };
}

function editsOf(specs: readonly Spec[], name: string): Edits[] {
  const equals = name.indexOf('=');
  const [kind, device] = equals < 0 ? [name, undefined] : [name.slice(0, equals), name.slice(equals + 1)];
  return specs.flatMap((spec) => {
    if (spec.kind !== kind) return [];
    const { devices = [], containerEdits = {} } = spec;
    const chosen =
      device === undefined ? devices.slice(0, 1) : devices.filter((one) => device === '*' || one.name === device);
    return chosen.length === 0 ? [] : [containerEdits, ...chosen.map((one) => one.containerEdits ?? {})];
  });
}

async function readSpecs(places: readonly string[]): Promise<Spec[]> {
  const specs: Spec[] = [];
  for (const folder of places) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
    for (const name of names) {
      try {
        const spec = JSON.parse(await readFile(join(folder, name), 'utf8')) as Partial<Spec>;
        if (typeof spec.kind === 'string') specs.push({ ...spec, kind: spec.kind });
      } catch {
        // One vendor's mistake is no reason to fail a step that wants another's device.
      }
    }
  }
  return specs;
}
