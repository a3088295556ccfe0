import type { Image } from '@lading/image';
import { formatPlatform } from '@lading/oci';

/** One member of the config, or one variable, label, port, volume or annotation, that differs. Absent on one side: it is not there. */
export interface ConfigChange {
  /** As in `env PATH`, `label org.example.team`, `Cmd`. */
  readonly member: string;
  readonly before?: string;
  readonly after?: string;
}

/** What differs in how two images run and what they say of themselves, member by member; history and layers are not part of it. */
export function configChanges(before: Image, after: Image): ConfigChange[] {
  const [lower, upper] = [membersOf(before), membersOf(after)];
  return [...new Set([...lower.keys(), ...upper.keys()])].flatMap((member) => {
    const [one, other] = [lower.get(member), upper.get(member)];
    if (one === other) return [];
    return [
      { member, ...(one === undefined ? {} : { before: one }), ...(other === undefined ? {} : { after: other }) },
    ];
  });
}

/** Members whose names are a matter of their own: what each of them is called here. */
const sets: Readonly<Record<string, string>> = { Labels: 'label', ExposedPorts: 'port', Volumes: 'volume' };

function membersOf({ config, platform, manifest }: Image): Map<string, string> {
  const {
    config: execution = {},
    rootfs: _rootfs,
    history: _history,
    os: _os,
    architecture: _architecture,
    ...rest
  } = config;
  const members = new Map([['platform', formatPlatform(platform)]]);
  const add = (member: string, value: unknown): void => {
    // Nothing set and nothing there are the same to who runs it.
    const isNothing =
      value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (!isNothing) members.set(member, typeof value === 'string' ? value : JSON.stringify(value));
  };
  for (const [name, value] of Object.entries(rest)) {
    if (!['variant', 'os.version', 'os.features'].includes(name)) add(name, value);
  }
  for (const [name, value] of Object.entries(execution)) {
    const set = sets[name];
    if (name === 'Env' && Array.isArray(value)) {
      for (const variable of value as string[]) {
        const equals = variable.indexOf('=');
        // Also an empty value is one.
        members.set(
          `env ${equals < 0 ? variable : variable.slice(0, equals)}`,
          equals < 0 ? '' : variable.slice(equals + 1),
        );
      }
    } else if (set !== undefined && typeof value === 'object' && value !== null) {
      for (const [key, text] of Object.entries(value)) {
        members.set(`${set} ${key}`, typeof text === 'string' ? text : '');
      }
    } else add(name, value);
  }
  for (const [key, text] of Object.entries(manifest.annotations ?? {})) members.set(`annotation ${key}`, text);
  return members;
}
