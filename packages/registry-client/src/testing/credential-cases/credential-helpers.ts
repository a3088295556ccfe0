import { auths, type CredentialCase, docker, runtime, user } from './credential-case.ts';

/** When a helper is asked, and what its answer means. */
export const helpers: readonly CredentialCase[] = [
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
