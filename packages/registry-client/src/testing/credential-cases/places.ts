import { auth, auths, type CredentialCase, docker, legacy, runtime, user } from './credential-case.ts';

const variableOf = (entries: object): Record<string, string> => ({ DOCKER_AUTH_CONFIG: JSON.stringify(entries) });

/** Which file is read, and which before which. */
export const places: readonly CredentialCase[] = [
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

/** What `DOCKER_AUTH_CONFIG` changes. */
export const variables: readonly CredentialCase[] = [
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
