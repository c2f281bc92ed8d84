export { type CredentialStoreOptions, credentialStore } from './credentials/store.ts';
export { anonymous, type Credential, type CredentialStore, fixedCredential } from './credentials/types.ts';
export type { PlainHttp } from './endpoint.ts';
export {
  openRegistry,
  type Registry,
  type RegistryOptions,
  type RegistryRepository,
  registryRepository,
} from './repository.ts';
