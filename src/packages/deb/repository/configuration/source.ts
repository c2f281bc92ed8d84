/** A binary repository as the image configures it: one archive URI and one suite. */
export interface AptSource {
  /** `/etc/apt/sources.list:3`: where it was configured. */
  readonly origin: string;
  /** Archive root with a trailing slash and without credentials. */
  readonly uri: string;
  readonly credentials?: Credentials;
  /** `bookworm`, `buster/updates`; with a trailing slash (`./`) it is the directory of a flat repository. */
  readonly suite: string;
  /** Empty for a flat repository. */
  readonly components: readonly string[];
  readonly architectures: ArchitectureChoice;
  /** Empty: every key that the image trusts for all repositories. */
  readonly signedBy: readonly SignedBy[];
  /** It is the caller's, and so are the key files it names; absent: the image's. */
  readonly ofCaller?: true;
  /** `trusted=yes`: apt would not verify it. Never honoured, but recorded. */
  readonly trusted: boolean;
  readonly checkValidUntil?: boolean;
  /** Seconds; apt's Valid-Until-Min and -Max. */
  readonly validUntilMin?: number;
  readonly validUntilMax?: number;
  /** Seconds that a Release may lie in the future. */
  readonly dateMaxFuture?: number;
  /** `force`: also when the Release file does not offer it. */
  readonly byHash: 'yes' | 'no' | 'force';
  /** Why it cannot be used, found out from its configuration alone. */
  readonly unusable?: string;
  /** It is unusable only because of where it is: fetched from elsewhere it is an ordinary repository. */
  readonly needsRedirect?: true;
}

export interface Credentials {
  readonly login: string;
  readonly password: string;
}

/** Architectures of a source relative to those of the image (`arch=`, `arch+=`, `arch-=`). */
export interface ArchitectureChoice {
  readonly only?: readonly string[];
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export type SignedBy =
  | { readonly kind: 'file'; readonly path: string }
  /** Upper-case hex. `exact` (a trailing `!`): signatures of the key's subkeys do not count. */
  | { readonly kind: 'fingerprint'; readonly fingerprint: string; readonly exact: boolean }
  | { readonly kind: 'inline'; readonly armored: string };

/** `URI suite component`, the identity of a repository in plans and reports; without credentials. */
export function repositoryId(source: AptSource, component?: string): string {
  const parts = [source.uri.replace(/\/$/, ''), source.suite, component ?? ''];
  return parts.filter((part) => part !== '').join(' ');
}

/** The architectures whose indexes a source should give, of those the image has. */
export function architecturesOf(source: AptSource, imageArchitectures: readonly string[]): readonly string[] {
  const { only, add, remove } = source.architectures;
  const wanted = new Set([...(only ?? imageArchitectures), ...add]);
  for (const architecture of remove) wanted.delete(architecture);
  // An index of an architecture that dpkg of the image would refuse is of no use.
  return imageArchitectures.filter((architecture) => wanted.has(architecture));
}
