/** What proves who asks: a name and password, a token to trade for access tokens, or an access token as it is. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identityToken'; readonly token: string }
  | { readonly kind: 'registryToken'; readonly token: string };

/** Finds the credential for one repository; undefined means anonymous. */
export interface CredentialStore {
  /** @param host as in a Reference (`docker.io`, `localhost:5000`) @param repository undefined for the whole registry */
  find(host: string, repository: string | undefined): Promise<Credential | undefined>;
}

export const anonymous: CredentialStore = { find: () => Promise.resolve(undefined) };

/** One credential for one host, as given on a command line or from a Kubernetes secret. */
export function fixedCredential(host: string, credential: Credential): CredentialStore {
  return { find: (asked) => Promise.resolve(asked === host ? credential : undefined) };
}
