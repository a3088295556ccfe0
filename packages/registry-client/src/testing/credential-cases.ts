/** What each program finds; a text alone is what all of them and Lading find. */
export type Found =
  | string
  | { readonly docker: string; readonly podman: string; readonly crane: string; readonly lading: string };

/**
 * A machine on which somebody asks for `REGISTRY/team/app`, and what is then found: `name:password`, `id TOKEN` for an identity token,
 * `bearer TOKEN`, `none`, or `error`.
 */
export interface CredentialCase {
  readonly name: string;
  /** By path in the home folder. `REGISTRY` in them stands for the registry that is asked for. */
  readonly files?: Readonly<Record<string, unknown>>;
  /** `~` stands for the home folder. */
  readonly env?: Readonly<Record<string, string>>;
  /** Programs on PATH: `docker-credential-NAME` with what it has by key; `fails` has nothing and ends with an error. */
  readonly helpers?: Readonly<Record<string, Readonly<Record<string, string>> | 'fails'>>;
  readonly registry?: string;
  readonly repository?: string;
  /** Not to be tried with the real programs: they would look outside of the home folder, or are stricter. */
  readonly ownOnly?: true;
  /** The first docker that does so; earlier ones are not asked. */
  readonly sinceDocker?: number;
  readonly found: Found;
}

const auth = (pair: string, more: object = {}): object => ({ auth: Buffer.from(pair).toString('base64'), ...more });
const auths = (pair: string, key = 'REGISTRY'): object => ({ auths: { [key]: auth(pair) } });

const docker = '.docker/config.json';
const runtime = 'run/containers/auth.json';
const user = '.config/containers/auth.json';
const legacy = '.dockercfg';
const hub = 'https://index.docker.io/v1/';
const variableOf = (entries: object): Record<string, string> => ({ DOCKER_AUTH_CONFIG: JSON.stringify(entries) });

const places: readonly CredentialCase[] = [
  { name: 'nobody ever logged in', found: 'none' },
  { name: 'docker’s file', files: { [docker]: auths('d:1') }, found: 'd:1' },
  {
    name: 'podman’s runtime file',
    files: { [runtime]: auths('r:1') },
    found: { docker: 'none', podman: 'r:1', crane: 'r:1', lading: 'r:1' },
  },
  {
    name: 'podman’s file in the home folder',
    files: { [user]: auths('u:1') },
    found: { docker: 'none', podman: 'u:1', crane: 'u:1', lading: 'u:1' },
  },
  {
    name: 'the old file of docker',
    files: { [legacy]: { 'https://REGISTRY/v1/': auth('l:1') } },
    found: { docker: 'none', podman: 'l:1', crane: 'none', lading: 'l:1' },
  },
  {
    name: 'docker’s and podman’s files',
    files: { [docker]: auths('d:1'), [runtime]: auths('r:1'), [user]: auths('u:1') },
    found: { docker: 'd:1', podman: 'r:1', crane: 'd:1', lading: 'd:1' },
  },
  {
    name: 'podman’s two files',
    files: { [runtime]: auths('r:1'), [user]: auths('u:1') },
    found: { docker: 'none', podman: 'r:1', crane: 'r:1', lading: 'r:1' },
  },
  {
    name: 'podman’s runtime file knows others only',
    files: { [runtime]: auths('r:1', 'other.example.org'), [user]: auths('u:1') },
    found: { docker: 'none', podman: 'u:1', crane: 'none', lading: 'u:1' },
  },
  {
    name: 'docker’s file knows others only',
    files: { [docker]: auths('d:1', 'other.example.org'), [user]: auths('u:1') },
    found: { docker: 'none', podman: 'u:1', crane: 'none', lading: 'u:1' },
  },
  {
    name: 'podman’s files before docker’s old one',
    files: { [user]: auths('u:1'), [legacy]: { REGISTRY: auth('l:1') } },
    found: { docker: 'none', podman: 'u:1', crane: 'u:1', lading: 'u:1' },
  },
  {
    name: 'DOCKER_CONFIG instead of the home folder',
    files: { [docker]: auths('d:1'), 'moved/config.json': auths('m:1') },
    env: { DOCKER_CONFIG: '~/moved' },
    found: 'm:1',
  },
  {
    name: 'DOCKER_CONFIG names a folder without a file',
    files: { [docker]: auths('d:1') },
    env: { DOCKER_CONFIG: '~/empty' },
    found: 'none',
  },
  {
    name: 'DOCKER_CONFIG names an empty folder, podman’s file has something, and docker’s home is there',
    files: { [docker]: auths('d:1'), [user]: auths('u:1') },
    env: { DOCKER_CONFIG: '~/empty' },
    found: { docker: 'none', podman: 'u:1', crane: 'none', lading: 'u:1' },
  },
  {
    name: 'DOCKER_CONFIG is empty text',
    files: { [docker]: auths('d:1') },
    env: { DOCKER_CONFIG: '' },
    found: 'd:1',
  },
  {
    name: 'REGISTRY_AUTH_FILE alone',
    files: { 'named.json': auths('n:1') },
    env: { REGISTRY_AUTH_FILE: '~/named.json' },
    found: { docker: 'none', podman: 'n:1', crane: 'n:1', lading: 'n:1' },
  },
  {
    name: 'REGISTRY_AUTH_FILE before podman’s files',
    files: { 'named.json': auths('n:1'), [runtime]: auths('r:1'), [user]: auths('u:1') },
    env: { REGISTRY_AUTH_FILE: '~/named.json' },
    found: { docker: 'none', podman: 'n:1', crane: 'n:1', lading: 'n:1' },
  },
  {
    name: 'REGISTRY_AUTH_FILE and docker’s file',
    files: { 'named.json': auths('n:1'), [docker]: auths('d:1') },
    env: { REGISTRY_AUTH_FILE: '~/named.json' },
    found: { docker: 'd:1', podman: 'n:1', crane: 'd:1', lading: 'd:1' },
  },
  {
    name: 'REGISTRY_AUTH_FILE knows others only',
    files: { 'named.json': auths('n:1', 'other.example.org'), [runtime]: auths('r:1') },
    env: { REGISTRY_AUTH_FILE: '~/named.json' },
    found: { docker: 'none', podman: 'none', crane: 'none', lading: 'r:1' },
  },
  {
    name: 'REGISTRY_AUTH_FILE names no file',
    files: { [runtime]: auths('r:1') },
    env: { REGISTRY_AUTH_FILE: '~/absent.json' },
    found: { docker: 'none', podman: 'none', crane: 'r:1', lading: 'r:1' },
  },
  {
    name: 'XDG_RUNTIME_DIR names no folder',
    files: { [user]: auths('u:1') },
    env: { XDG_RUNTIME_DIR: '~/absent' },
    found: { docker: 'none', podman: 'u:1', crane: 'u:1', lading: 'u:1' },
  },
  {
    name: 'XDG_CONFIG_HOME instead of ~/.config',
    files: { 'xdg/containers/auth.json': auths('x:1'), [user]: auths('u:1') },
    env: { XDG_CONFIG_HOME: '~/xdg' },
    found: { docker: 'none', podman: 'x:1', crane: 'x:1', lading: 'x:1' },
  },
  {
    name: 'without XDG_RUNTIME_DIR, the file of the user’s number under /run',
    files: { 'root/run/containers/UID/auth.json': auths('r:1') },
    env: { XDG_RUNTIME_DIR: '' },
    ownOnly: true,
    found: { docker: 'none', podman: 'r:1', crane: 'none', lading: 'r:1' },
  },
];

const variables: readonly CredentialCase[] = [
  {
    name: 'DOCKER_AUTH_CONFIG before docker’s file',
    sinceDocker: 29,
    files: { [docker]: auths('d:1') },
    env: variableOf({ auths: { REGISTRY: auth('v:1') } }),
    found: { docker: 'v:1', podman: 'd:1', crane: 'v:1', lading: 'v:1' },
  },
  {
    name: 'DOCKER_AUTH_CONFIG before a helper',
    sinceDocker: 29,
    files: { [docker]: { credsStore: 'test' } },
    helpers: { test: { REGISTRY: 'h:1' } },
    env: variableOf({ auths: { REGISTRY: auth('v:1') } }),
    found: { docker: 'v:1', podman: 'none', crane: 'v:1', lading: 'v:1' },
  },
  {
    name: 'DOCKER_AUTH_CONFIG without any file',
    sinceDocker: 29,
    env: variableOf({ auths: { REGISTRY: auth('v:1') } }),
    found: { docker: 'v:1', podman: 'none', crane: 'none', lading: 'v:1' },
  },
  {
    name: 'DOCKER_AUTH_CONFIG knows others only',
    files: { [docker]: auths('d:1') },
    env: variableOf({ auths: { 'other.example.org': auth('v:1') } }),
    found: 'd:1',
  },
  {
    name: 'DOCKER_AUTH_CONFIG matches exact keys only',
    files: { [docker]: auths('d:1') },
    env: variableOf({ auths: { 'https://REGISTRY': auth('v:1') } }),
    found: 'd:1',
  },
  {
    name: 'DOCKER_AUTH_CONFIG with more than auths counts for nothing',
    files: { [docker]: auths('d:1') },
    env: variableOf({ auths: { REGISTRY: auth('v:1') }, credHelpers: {} }),
    found: 'd:1',
  },
  {
    name: 'DOCKER_AUTH_CONFIG with an entry without auth counts for nothing',
    files: { [docker]: auths('d:1') },
    env: variableOf({ auths: { REGISTRY: auth('v:1'), 'other.example.org': {} } }),
    found: 'd:1',
  },
  {
    name: 'DOCKER_AUTH_CONFIG that is not JSON counts for nothing',
    files: { [docker]: auths('d:1') },
    env: { DOCKER_AUTH_CONFIG: 'v:1' },
    found: 'd:1',
  },
];

const keys: readonly CredentialCase[] = [
  { name: 'a key with a scheme', files: { [docker]: auths('d:1', 'https://REGISTRY') }, found: 'd:1' },
  { name: 'a key with http', files: { [docker]: auths('d:1', 'http://REGISTRY') }, found: 'd:1' },
  { name: 'a key with the path of an API', files: { [docker]: auths('d:1', 'https://REGISTRY/v1/') }, found: 'd:1' },
  {
    name: 'a key with the path of an API and no scheme',
    files: { [docker]: auths('d:1', 'REGISTRY/v2/') },
    found: { docker: 'd:1', podman: 'none', crane: 'd:1', lading: 'd:1' },
  },
  {
    name: 'the exact key before others for the same registry',
    files: { [docker]: { auths: { 'https://REGISTRY/v1/': auth('old:1'), REGISTRY: auth('new:1') } } },
    found: 'new:1',
  },
  {
    name: 'another port is another registry',
    registry: 'r.example.org:5000',
    files: { [docker]: auths('d:1', 'r.example.org') },
    found: 'none',
  },
  {
    name: 'a registry with a port',
    registry: 'r.example.org:5000',
    files: { [docker]: auths('d:1', 'https://r.example.org:5000/v2/') },
    found: 'd:1',
  },
  {
    name: 'a key for the namespace, in docker’s file',
    files: { [docker]: { auths: { REGISTRY: auth('all:1'), 'REGISTRY/team': auth('team:1') } } },
    found: { docker: 'all:1', podman: 'team:1', crane: 'all:1', lading: 'team:1' },
  },
  {
    name: 'a key for the namespace, in podman’s file',
    files: { [user]: { auths: { REGISTRY: auth('all:1'), 'REGISTRY/team': auth('team:1') } } },
    found: { docker: 'none', podman: 'team:1', crane: 'all:1', lading: 'team:1' },
  },
  {
    name: 'keys for namespace and repository: the longest',
    files: { [user]: { auths: { 'REGISTRY/team': auth('team:1'), 'REGISTRY/team/app': auth('app:1') } } },
    found: { docker: 'none', podman: 'app:1', crane: 'app:1', lading: 'app:1' },
  },
  {
    name: 'a key for another namespace is not used for this one',
    files: { [docker]: auths('other:1', 'REGISTRY/other') },
    found: { docker: 'other:1', podman: 'none', crane: 'other:1', lading: 'none' },
  },
  {
    name: 'paths match whole parts',
    files: { [user]: { auths: { REGISTRY: auth('all:1'), 'REGISTRY/te': auth('te:1') } } },
    found: { docker: 'none', podman: 'all:1', crane: 'all:1', lading: 'all:1' },
  },
  {
    name: 'a deep repository under a namespace’s key',
    repository: 'team/apps/web/front',
    files: { [user]: { auths: { 'REGISTRY/team/apps': auth('apps:1'), 'REGISTRY/team': auth('team:1') } } },
    found: { docker: 'none', podman: 'apps:1', crane: 'apps:1', lading: 'apps:1' },
  },
  {
    name: 'the more specific key in a later file loses to the earlier file',
    files: { [runtime]: auths('all:1'), [user]: auths('team:1', 'REGISTRY/team') },
    found: { docker: 'none', podman: 'all:1', crane: 'all:1', lading: 'all:1' },
  },
];

const dockerHub: readonly CredentialCase[] = [
  { name: 'Docker Hub, as docker writes it', files: { [docker]: auths('h:1', hub) }, found: 'h:1' },
  {
    name: 'Docker Hub, as podman writes it',
    files: { [user]: auths('h:1', 'docker.io') },
    found: { docker: 'none', podman: 'h:1', crane: 'none', lading: 'h:1' },
  },
  {
    name: 'Docker Hub, podman’s key in docker’s file',
    files: { [docker]: auths('h:1', 'docker.io') },
    found: { docker: 'none', podman: 'h:1', crane: 'none', lading: 'h:1' },
  },
  {
    name: 'Docker Hub under the name of its index',
    files: { [docker]: auths('h:1', 'index.docker.io') },
    found: { docker: 'none', podman: 'h:1', crane: 'none', lading: 'h:1' },
  },
  {
    name: 'Docker Hub, both keys in docker’s file',
    files: { [docker]: { auths: { 'docker.io': auth('p:1'), [hub]: auth('d:1') } } },
    found: { docker: 'd:1', podman: 'p:1', crane: 'd:1', lading: 'd:1' },
  },
  {
    name: 'Docker Hub, a key for a namespace',
    files: { [user]: { auths: { 'docker.io/team': auth('team:1'), 'docker.io': auth('all:1') } } },
    found: { docker: 'none', podman: 'team:1', crane: 'none', lading: 'team:1' },
  },
  {
    name: 'Docker Hub in docker’s store',
    files: { [docker]: { credsStore: 'test' } },
    helpers: { test: { [hub]: 'h:1' } },
    found: { docker: 'h:1', podman: 'none', crane: 'h:1', lading: 'h:1' },
  },
  {
    name: 'Docker Hub in a helper of its own',
    files: { [docker]: { credHelpers: { [hub]: 'test' } } },
    helpers: { test: { [hub]: 'h:1' } },
    found: { docker: 'h:1', podman: 'none', crane: 'h:1', lading: 'h:1' },
  },
  {
    name: 'Docker Hub in a helper as podman names it',
    files: { [user]: { credHelpers: { 'docker.io': 'test' } } },
    helpers: { test: { 'docker.io': 'h:1' } },
    found: { docker: 'none', podman: 'h:1', crane: 'none', lading: 'h:1' },
  },
].map((each) => ({ ...each, registry: 'docker.io' }));

const helpers: readonly CredentialCase[] = [
  {
    name: 'a helper for the registry, before the store and the file',
    files: { [docker]: { credHelpers: { REGISTRY: 'one' }, credsStore: 'all', ...auths('d:1') } },
    helpers: { one: { REGISTRY: 'one:1' }, all: { REGISTRY: 'all:1' } },
    found: 'one:1',
  },
  {
    name: 'a store, before the file',
    files: { [docker]: { credsStore: 'all', ...auths('d:1') } },
    helpers: { all: { REGISTRY: 'all:1' } },
    found: { docker: 'all:1', podman: 'd:1', crane: 'all:1', lading: 'all:1' },
  },
  {
    name: 'the store is asked for registries without a helper',
    files: { [docker]: { credHelpers: { 'other.example.org': 'one' }, credsStore: 'all' } },
    helpers: { one: { REGISTRY: 'one:1' }, all: { REGISTRY: 'all:1' } },
    found: { docker: 'all:1', podman: 'none', crane: 'all:1', lading: 'all:1' },
  },
  {
    name: 'a helper for the registry that has nothing: the store and the file are not asked',
    files: { [docker]: { credHelpers: { REGISTRY: 'one' }, credsStore: 'all', ...auths('d:1') } },
    helpers: { one: {}, all: { REGISTRY: 'all:1' } },
    found: 'none',
  },
  {
    name: 'a helper that has nothing: podman goes on with its next file',
    files: { [runtime]: { credHelpers: { REGISTRY: 'one' } }, [user]: auths('u:1') },
    helpers: { one: {} },
    found: { docker: 'none', podman: 'u:1', crane: 'none', lading: 'u:1' },
  },
  {
    name: 'a store that has nothing: only podman looks at the file',
    files: { [docker]: { credsStore: 'all', ...auths('d:1') } },
    helpers: { all: {} },
    found: { docker: 'none', podman: 'd:1', crane: 'none', lading: 'd:1' },
  },
  {
    name: 'an empty name of a helper turns the store off for one registry',
    files: { [docker]: { credHelpers: { REGISTRY: '' }, credsStore: 'all', ...auths('d:1') } },
    helpers: { all: { REGISTRY: 'all:1' } },
    found: { docker: 'd:1', podman: 'error', crane: 'd:1', lading: 'd:1' },
  },
  {
    name: 'a helper in podman’s file',
    files: { [runtime]: { credHelpers: { REGISTRY: 'one' }, ...auths('r:1') } },
    helpers: { one: { REGISTRY: 'one:1' } },
    found: { docker: 'none', podman: 'one:1', crane: 'one:1', lading: 'one:1' },
  },
  {
    name: 'a store in podman’s file is crane’s alone',
    files: { [runtime]: { credsStore: 'all' } },
    helpers: { all: { REGISTRY: 'all:1' } },
    found: { docker: 'none', podman: 'none', crane: 'all:1', lading: 'all:1' },
  },
  {
    name: 'a helper for one repository is crane’s alone',
    files: { [docker]: { credHelpers: { 'REGISTRY/team/app': 'one' } } },
    helpers: { one: { 'REGISTRY/team/app': 'app:1' } },
    found: { docker: 'none', podman: 'none', crane: 'app:1', lading: 'app:1' },
  },
  {
    name: 'crane asks the store for the repository first',
    files: { [docker]: { credsStore: 'all' } },
    helpers: { all: { 'REGISTRY/team/app': 'app:1', REGISTRY: 'all:1' } },
    found: { docker: 'all:1', podman: 'none', crane: 'app:1', lading: 'all:1' },
  },
  {
    name: 'a helper’s identity token',
    files: { [docker]: { credsStore: 'all' } },
    helpers: { all: { REGISTRY: '<token>:refresh' } },
    found: { docker: 'id refresh', podman: 'none', crane: 'id refresh', lading: 'id refresh' },
  },
  {
    name: 'a helper’s identity token, through podman',
    files: { [user]: { credHelpers: { REGISTRY: 'one' } } },
    helpers: { one: { REGISTRY: '<token>:refresh' } },
    found: { docker: 'none', podman: 'id refresh', crane: 'id refresh', lading: 'id refresh' },
  },
  {
    name: 'a helper that is not installed',
    sinceDocker: 29,
    files: { [docker]: { credHelpers: { REGISTRY: 'absent' }, ...auths('d:1') } },
    found: 'error',
  },
  {
    name: 'a helper that fails',
    sinceDocker: 29,
    files: { [docker]: { credHelpers: { REGISTRY: 'broken' }, ...auths('d:1') } },
    helpers: { broken: 'fails' },
    found: 'error',
  },
  {
    name: 'without any login, the system’s keychain where its helper is installed',
    helpers: { secretservice: { REGISTRY: 'kept:1' } },
    found: { docker: 'kept:1', podman: 'none', crane: 'none', lading: 'kept:1' },
  },
  {
    name: 'with a login in the file, the system’s keychain is not asked',
    files: { [docker]: auths('d:1') },
    helpers: { secretservice: { REGISTRY: 'kept:1' } },
    found: 'd:1',
  },
  {
    name: 'credential-helpers of registries.conf',
    files: {
      '.config/containers/registries.conf': 'credential-helpers = ["one", "containers-auth.json"]',
      [user]: auths('u:1'),
    },
    helpers: { one: { REGISTRY: 'one:1' } },
    found: { docker: 'none', podman: 'one:1', crane: 'u:1', lading: 'one:1' },
  },
  {
    name: 'credential-helpers of registries.conf, the first has nothing',
    files: {
      '.config/containers/registries.conf': 'credential-helpers = ["one", "containers-auth.json"]',
      [user]: auths('u:1'),
    },
    helpers: { one: {} },
    found: { docker: 'none', podman: 'u:1', crane: 'u:1', lading: 'u:1' },
  },
  {
    name: 'credential-helpers of registries.conf without the files',
    files: { '.config/containers/registries.conf': 'credential-helpers = ["one"]', [user]: auths('u:1') },
    helpers: { one: {} },
    found: { docker: 'none', podman: 'none', crane: 'u:1', lading: 'u:1' },
  },
  {
    name: 'credential-helpers of registries.conf, the first fails',
    files: {
      '.config/containers/registries.conf': 'credential-helpers = ["broken", "one"]',
    },
    helpers: { broken: 'fails', one: { REGISTRY: 'one:1' } },
    found: { docker: 'none', podman: 'one:1', crane: 'none', lading: 'one:1' },
  },
];

const entries: readonly CredentialCase[] = [
  {
    name: 'name and password as members',
    files: { [docker]: { auths: { REGISTRY: { username: 'm', password: '1' } } } },
    found: { docker: 'm:1', podman: 'none', crane: 'm:1', lading: 'm:1' },
  },
  {
    name: 'auth before name and password as members',
    files: { [docker]: { auths: { REGISTRY: auth('a:1', { username: 'm', password: '2' }) } } },
    found: 'a:1',
  },
  { name: 'a password with colons', files: { [docker]: auths('a:b:c:') }, found: 'a:b:c:' },
  { name: 'a password that old docker padded', files: { [docker]: auths('a:b\0\0') }, found: 'a:b' },
  {
    name: 'an identity token alone',
    files: { [docker]: { auths: { REGISTRY: { identitytoken: 'refresh' } } } },
    found: { docker: 'id refresh', podman: 'none', crane: 'id refresh', lading: 'id refresh' },
  },
  {
    name: 'an identity token beside a name',
    files: { [docker]: { auths: { REGISTRY: auth('a:', { identitytoken: 'refresh' }) } } },
    found: 'id refresh',
  },
  {
    name: 'a registry token',
    files: { [docker]: { auths: { REGISTRY: { registrytoken: 'ready' } } } },
    found: { docker: 'bearer ready', podman: 'none', crane: 'bearer ready', lading: 'bearer ready' },
  },
  {
    name: 'an empty entry in docker’s file',
    files: { [docker]: { auths: { REGISTRY: {} } } },
    found: 'none',
  },
  {
    name: 'an empty entry: podman goes on with its next file',
    files: { [runtime]: { auths: { REGISTRY: {} } }, [user]: auths('u:1') },
    found: { docker: 'none', podman: 'u:1', crane: 'none', lading: 'u:1' },
  },
  {
    name: 'an empty entry for the namespace hides the one for the registry in the same file',
    files: { [user]: { auths: { 'REGISTRY/team': {}, REGISTRY: auth('all:1') } } },
    found: { docker: 'none', podman: 'none', crane: 'all:1', lading: 'all:1' },
  },
  {
    name: 'an auth without a colon',
    files: { [user]: { auths: { REGISTRY: { auth: Buffer.from('nocolon').toString('base64') } } } },
    found: { docker: 'none', podman: 'none', crane: 'error', lading: 'error' },
  },
  {
    name: 'null for an empty map',
    files: { [docker]: { auths: null, credHelpers: null }, [user]: auths('u:1') },
    found: { docker: 'none', podman: 'u:1', crane: 'none', lading: 'u:1' },
  },
  {
    name: 'an empty file of docker',
    files: { [docker]: '' },
    // podman takes it for damaged.
    ownOnly: true,
    found: 'none',
  },
  {
    name: 'a damaged file of podman',
    files: { [runtime]: '{"auths":' },
    found: { docker: 'none', podman: 'error', crane: 'error', lading: 'error' },
  },
];

export const credentialCases: readonly CredentialCase[] = [
  ...places,
  ...variables,
  ...keys,
  ...dockerHub,
  ...helpers,
  ...entries,
];
