import type { FoundPackage } from '@lading/facts';
import { asWord, type JsonObject } from '../record-file.ts';
import { licensesOf } from './licenses.ts';
import { installedAs, placeOf } from './place.ts';

/** Names that npm has or had: older ones may have capitals and a few more signs. */
const NAME = /^(?:@([\w.~!'()*-]+)\/)?([\w.~!'()*-]+)$/;

/**
 * The package that a `package.json` describes, or undefined: packages have a name and a version, and what lies inside one is its own
 * business. The name is what the record says, not the folder's, which may be an alias. See package.json(5) of npm.
 */
export function packageOf(path: string, record: JsonObject): Omit<FoundPackage, 'cataloger' | 'location'> | undefined {
  const name = asWord(record.name);
  const version = asWord(record.version)?.replace(/^[v=]+/, '');
  const [, scope, bare] = (name === undefined ? undefined : NAME.exec(name)) ?? [];
  if (name === undefined || bare === undefined || version === undefined || !/^\d/.test(version)) return undefined;
  const place = placeOf(path);
  if (place === 'nested' && !isVendored(path, name, record)) return undefined;
  const licenses = licensesOf(record);
  return {
    type: 'npm',
    ...(scope === undefined ? {} : { namespace: `@${scope}` }),
    name: bare,
    version,
    ...(licenses.length === 0 ? {} : { licenses }),
    // npm never publishes it, so that no advisory is about it.
    ...(place === 'project' && record.private === true ? { role: 'main' } : {}),
  };
}

/**
 * Some packages hold others that were built into them, each in a folder of its name: `next/dist/compiled/@babel/runtime`. What else lies
 * below a root is the package once more (`dist/esm`), or a template or fixture.
 */
function isVendored(path: string, name: string, record: JsonObject): boolean {
  return path.endsWith(`/${name}/package.json`) && record.private !== true && installedAs(path) !== name;
}
