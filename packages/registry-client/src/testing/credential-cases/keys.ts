import { auth, auths, type CredentialCase, docker, runtime, user } from './credential-case.ts';

const hub = 'https://index.docker.io/v1/';

/** Under which key of a file a registry is found. */
export const keys: readonly CredentialCase[] = [
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
    otherOfCrane: 'team:1',
  },
  {
    name: 'the more specific key in a later file loses to the earlier file',
    files: { [runtime]: auths('all:1'), [user]: auths('team:1', 'REGISTRY/team') },
    found: { docker: 'none', podman: 'all:1', crane: 'all:1', lading: 'all:1' },
  },
];

/** The same for Docker Hub, which has a name of its own for each program. */
export const dockerHub: readonly CredentialCase[] = [
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
