import type { ByteString } from '../core/bytes.ts';
import type { Digest } from '../core/digest.ts';
import type { Clock } from '../core/ports.ts';
import type { Progress } from '../core/progress.ts';
import type { ByteStream } from '../core/streams.ts';
import type { HttpClient } from '../net/types.ts';
import type { MutableTree, VirtualTree } from '../oci/tree/types.ts';

export type FamilyId = 'deb' | 'apk' | 'rpm';

/** A package as installed in an image: the facts every family has. */
export interface InstalledPackage {
  readonly name: string;
  /** Full version as the family writes it (`1:2.3-4+deb12u1`). */
  readonly version: string;
  readonly architecture: string;
  readonly source: { readonly name: string; readonly version: string };
  /** The administrator forbade upgrades (dpkg hold, apk world pin). */
  readonly held: boolean;
}

/** A package as a repository offers it. */
export interface AvailablePackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly source: { readonly name: string; readonly version: string };
  readonly file: PackageFile;
}

/** Where a package file lies and how it is proven: the hash comes from a signed index. */
export interface PackageFile {
  /** Path within the repository, as the index gives it. */
  readonly path: string;
  /** Name of the repository (see RepositoryInfo.id) that offers it. */
  readonly repository: string;
  readonly size: number;
  readonly digest: Digest;
}

/** One repository whose index was read and verified. */
export interface RepositoryInfo {
  /** Stable within a plan: `URI suite component` as the image configures it, not where it was redirected to. */
  readonly id: string;
  /** For deb: the suite's origin, label, suite and codename as the Release file says. */
  readonly origin: string;
  readonly suite: string;
  readonly codename: string;
  readonly isSecurity: boolean;
  /** Date of the signed index, ISO 8601; the plan's time source. */
  readonly date: string;
  /** Digest of the signed index file (InRelease, APKINDEX, repomd.xml). */
  readonly digest: Digest;
  /** Fingerprints of the keys whose signatures were valid. */
  readonly signedBy: readonly string[];
}

/** Opens the verified indexes of the repositories an image configures, and fetches their packages. */
export interface RepositorySet {
  readonly repositories: readonly RepositoryInfo[];
  /** Repositories that are configured but could not be used, with the reason; never silently dropped. */
  readonly unusable: readonly { readonly id: string; readonly reason: string }[];
  /** Streams a package file: size and digest verified, cached by digest. */
  fetch(file: PackageFile): ByteStream;
}

/** One package change of a plan. */
export interface PlanStep {
  readonly action: 'upgrade' | 'install';
  readonly name: string;
  readonly architecture: string;
  /** Undefined for a newly installed dependency. */
  readonly from?: string;
  readonly to: string;
  readonly source: { readonly name: string; readonly version: string };
  readonly file: PackageFile;
  /** Why it is in the plan: asked for, security suite, sibling of X, dependency of Y. */
  readonly reason: string;
}

/** A package that should change but cannot now; always with the reason. */
export interface Pending {
  readonly name: string;
  readonly architecture: string;
  readonly from: string;
  /** The version that would fix it, when known. */
  readonly to?: string;
  readonly reason: PendingReason;
  readonly detail: string;
}

export type PendingReason =
  | 'held'
  | 'pinned'
  | 'not-in-repository'
  /** The fix is published for Ubuntu Pro only, and no repository that can be read offers it. */
  | 'esm-only'
  /** The request names a package that the image does not have; `from` is then empty. */
  | 'not-installed'
  | 'unsatisfiable'
  /** A phased update that is not for this image yet; asked for by name, it is taken. */
  | 'phased'
  | 'script-not-native'
  | 'fetch-failed'
  | 'conflict'
  /** Nothing can apply packages of this family yet. */
  | 'no-engine'
  | 'unsupported';

export interface UpgradeRequest {
  /** `security`: only versions that a security suite offers; `all`: newest of every suite. */
  readonly scope: 'security' | 'all';
  /** When given, only these packages, each to at least `minimum` if set. Siblings and dependencies follow. */
  readonly only?: readonly RequestedPackage[];
}

export interface RequestedPackage {
  /** Binary package; where none of that name is installed, the source package whose binaries are meant. */
  readonly name: string;
  readonly architecture?: string;
  /** Lowest version that fixes what was found. */
  readonly minimum?: string;
  /**
   * Whose version `minimum` is. Debian and Ubuntu advisories give source versions, which differ from the binary's for
   * packages such as libdevmapper (source lvm2 2.03.16, binary 2:1.02.185). `binary` when absent.
   */
  readonly minimumOf?: 'binary' | 'source';
}

export interface Resolution {
  /** In the order in which they are to be applied. */
  readonly steps: readonly PlanStep[];
  readonly pending: readonly Pending[];
}

/** A fetched package of a plan, opened for reading; the digest was verified. */
export interface FetchedStep {
  readonly step: PlanStep;
  /** Path of the package file in the cache. */
  readonly file: string;
}

export interface InstallOptions {
  /** Seconds since the epoch for generated files (status, caches): never the clock. */
  readonly sourceDate: number;
  readonly progress: Progress;
  /** Keeps decompressed packages for the next image; nothing is kept without it. */
  readonly cacheDirectory?: string;
  /** Opens packages, and keeps them open between attempts; the family opens them itself without it. */
  readonly shelf?: PackageShelf;
}

/** Packages of one run held open between their uses; what `open` gives is known to the family only. */
export interface PackageShelf {
  open(file: string): Promise<unknown>;
  close(): void;
}

export interface InstallReport {
  /** Notes for the person: conffile kept and `.dpkg-dist` written, .pyc removed, trigger evaluated … */
  readonly notes: readonly { readonly package: string; readonly message: string }[];
}

/** A package whose scripts or triggers cannot be evaluated natively. */
export interface NotNative {
  readonly package: string;
  /** `postinst`, `trigger ldconfig`, … */
  readonly script: string;
  /** Line and construct or command that stopped the evaluation. */
  readonly reason: string;
}

export type InstallOutcome =
  | {
      readonly kind: 'installed';
      readonly report: InstallReport;
      /** Releases the packages that files of the tree read their content from: call it once the tree was written out. */
      close?(): void;
    }
  | { readonly kind: 'not-native'; readonly blockers: readonly NotNative[] };

/** How package repositories are reached: what the caller decides, as opposed to what the image configures. */
export interface RepositoryAccess {
  readonly http: HttpClient;
  /** Holds only what can be fetched again; may be shared between processes and hosts. */
  readonly cacheDirectory: string;
  readonly clock: Clock;
  readonly progress: Progress;
  /** `from`: host, URL prefix or suite pattern as the image configures it; `to`: URL or local directory. */
  readonly redirects: readonly { readonly from: string; readonly to: string }[];
  /** Keyring files trusted besides those of the image. */
  readonly keyrings: readonly string[];
  /** Files and directories of this machine in the form of apt_auth.conf(5), before those of the image. */
  readonly authFiles?: readonly string[];
  /** Files of this machine with apt sources, for images that configure none (distroless); the keys they name are its too. */
  readonly sourcesFiles?: readonly string[];
  readonly offline: boolean;
  /** By RepositoryInfo.id: exactly this signed index, of a stored plan. */
  readonly lock?: ReadonlyMap<string, Digest>;
}

/** A package that must not be changed in this plan, by `name:architecture`, and why. */
export type Exclusions = ReadonlyMap<string, { readonly reason: PendingReason; readonly detail: string }>;

export interface OpenedRepositories extends RepositorySet {
  /**
   * Decides what changes; excluded packages, and what needs them changed, end as pending. A family whose index has no
   * digests of files fetches them to learn theirs.
   */
  resolve(request: UpgradeRequest, exclusions: Exclusions): Resolution | Promise<Resolution>;
  /** Path of the verified package file in the cache. @throws SutureError PACKAGE_HASH_MISMATCH, REPOSITORY_UNREACHABLE */
  fetchToFile(file: PackageFile): Promise<string>;
}

/** The package database of one image. */
export interface OpenedDatabase {
  readonly packages: readonly InstalledPackage[];
  readonly architecture: string;
  /** Opens what the image configures, each index verified. */
  openRepositories(access: RepositoryAccess): Promise<OpenedRepositories>;
  /** Applies the steps to the tree, or says what stops it and leaves the tree as it was. No code of the image runs. */
  install(tree: MutableTree, steps: readonly FetchedStep[], options: InstallOptions): Promise<InstallOutcome>;
}

/**
 * What a distribution family must implement. All but the repositories is pure over the virtual tree: nothing touches disk
 * or network, and no code of the image runs.
 */
export interface PackageFamily {
  readonly id: FamilyId;
  detect(tree: VirtualTree): boolean;
  /** Negative, zero or positive, by the family's own rules. */
  compareVersions(a: string, b: string): number;
  /** @throws SutureError DATABASE_UNREADABLE */
  open(tree: VirtualTree): OpenedDatabase;
}

/** Who owns which path, for families that record it. */
export type FileOwners = ReadonlyMap<ByteString, readonly string[]>;
