import { type Coordinates, isId, isVersion } from './coordinates.ts';

/** What `pom.properties` says, which Maven puts into every archive that it makes. */
export function parsePomProperties(text: string): Coordinates | undefined {
  const values = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const cut = line.search(/[=:]/);
    if (cut !== -1) values.set(line.slice(0, cut).trim(), line.slice(cut + 1).trim());
  }
  return coordinates(values.get('groupId'), values.get('artifactId'), values.get('version'));
}

/**
 * What a pom.xml says of itself, with what it has from its parent. Reads no entities, no namespaces and nothing that the pom does not have in
 * it: undefined where that is not enough.
 */
export function parsePomXml(text: string): Coordinates | undefined {
  const values = leaves(text);
  const of = (name: string): string | undefined =>
    values.get(`project/${name}`) ?? values.get(`project/parent/${name}`);
  const resolve = (value: string | undefined): string | undefined => {
    const [, name] = /^\$\{([^{}]+)\}$/.exec(value ?? '') ?? [];
    if (name === undefined) return value;
    const [, parent, own] = /^(?:project\.|pom\.)?(parent\.)?(groupId|version)$/.exec(name) ?? [];
    if (own !== undefined) return parent === undefined ? of(own) : values.get(`project/parent/${own}`);
    return values.get(`project/properties/${name}`);
  };
  return coordinates(resolve(of('groupId')), values.get('project/artifactId'), resolve(of('version')));
}

function coordinates(groupId?: string, artifactId?: string, version?: string): Coordinates | undefined {
  return isId(groupId) && isId(artifactId) && isVersion(version) ? { groupId, artifactId, version } : undefined;
}

const MAX_DEPTH = 32;

/** The text of elements that have no others in them, by their path; the first where several have one path. One pass. */
function leaves(xml: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const path: string[] = [];
  let at = 0;
  let textStart = 0;
  while (true) {
    const open = xml.indexOf('<', at);
    if (open === -1) return found;
    const [end, close] = xml.startsWith('<!--', open) ? ['-->', 3] : ['>', 1];
    const closing = xml.indexOf(end, open + 1);
    if (closing === -1) return found;
    at = closing + close;
    const first = xml[open + 1];
    if (first === '!' || first === '?') continue;
    if (first === '/') {
      const key = path.join('/');
      if (textStart !== -1 && !found.has(key)) found.set(key, xml.slice(textStart, open).trim());
      path.pop();
      textStart = -1;
    } else if (xml[closing - 1] !== '/') {
      path.push(xml.slice(open + 1, closing).split(/\s/, 1)[0] as string);
      if (path.length > MAX_DEPTH) return found;
      textStart = at;
    }
  }
}
