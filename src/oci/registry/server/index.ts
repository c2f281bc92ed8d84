export { type RegistryServer, type RegistryServerOptions, startRegistry } from './start.ts';
