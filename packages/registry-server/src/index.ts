export {
  type AccessEntry,
  createRegistryServer,
  type RegistryServer,
  type RegistryServerOptions,
} from './registry-server.ts';
