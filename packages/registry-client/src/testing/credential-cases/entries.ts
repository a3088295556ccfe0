import { auth, auths, type CredentialCase, docker, runtime, user } from './credential-case.ts';

/** What an entry may look like. */
export const entries: readonly CredentialCase[] = [
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
