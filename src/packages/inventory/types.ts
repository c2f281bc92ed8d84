import type { Digest } from '../../core/digest.ts';
import type { UncomparedKind } from './uncompared/kind.ts';

/**
 * What is installed in an image, in Trivy's terms: the inventory is matched against Trivy's advisory database and exchanged
 * with its reports, so a field means here what it means there. All texts are Unicode (decoded), not byte strings.
 */

/** The source package that a binary package was built from; the version split as the binary's is. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  /** Empty for apk, and for Debian native packages. */
  readonly release: string;
  readonly epoch: number;
}

/** Red Hat's record of how a layer was built; content sets decide which advisories apply. */
export interface BuildInfo {
  readonly contentSets?: readonly string[];
  /** `ubi7-container-7.7-140` */
  readonly nvr?: string;
  readonly arch?: string;
}

/** `third-party`: not made by the distribution, whose advisories say nothing about it. */
export type RepositoryClass = 'official' | 'third-party';

export interface PackageLayer {
  /** Digest of the compressed blob. */
  readonly digest?: Digest;
  readonly diffId?: Digest;
}

export type PackageManager = 'apk' | 'dpkg' | 'rpm';

/** One installed OS package. */
export interface ScannedPackage {
  /** Trivy's `ID`: `name@version` (apk, dpkg, full version with epoch), `name@version-release.arch` (rpm, without epoch). */
  readonly id: string;
  readonly name: string;
  /** Without epoch and release; for apk whole, with `-rN`. */
  readonly version: string;
  readonly release: string;
  readonly epoch: number;
  readonly arch: string;
  readonly src: SourcePackage;
  /** `nodejs:12:8030020201124152102:229f0a1c` */
  readonly modularityLabel?: string;
  readonly buildInfo?: BuildInfo;
  readonly repositoryClass?: RepositoryClass;
  readonly licenses: readonly string[];
  readonly maintainer?: string;
  /** IDs of packages of the same image. */
  readonly dependsOn: readonly string[];
  /** The lowest layer whose database has this name, version and release. */
  readonly layer?: PackageLayer;
  /** Only where each package has a file of its own (distroless status.d); relative to the root. */
  readonly filePath?: string;
  /** Of the package or its header as its database records it: `sha1:…`, `md5:…`, `sha256:…`. */
  readonly digest?: string;
  readonly installedFiles?: readonly string[];
  readonly identifier: { readonly purl?: string };
  readonly analyzedBy?: PackageManager;
}

export interface ScannedOs {
  /** Trivy's family name: `debian`, `redhat`, `alpine`, `opensuse-leap` … */
  readonly family: string;
  /** Release as Trivy reads it: `12.5`, `3.19.1`, `2023.6.20241212 (Amazon Linux)`. Empty where the family has none. */
  readonly name: string;
  /** Extended support is enabled in the image (Ubuntu ESM). */
  readonly extended: boolean;
  /** Who hardened the image and patches it in the distribution's place, e.g. `rapidfort`. */
  readonly supplier?: string;
  /** End of service life is past, when that is known. */
  readonly eosl?: boolean;
}

/** Why an inventory cannot be trusted to be complete. An image with a problem is unknown, never clean. */
export type InventoryProblemKind =
  /** No file names the operating system. */
  | 'os-unknown'
  /** No package database, or one without a package. */
  | 'no-packages'
  /** A package database is there but corrupt or of an unknown format. */
  | 'database-unreadable'
  /** The database does not name the source packages that advisories go by (chisel's manifest). */
  | 'sources-unknown'
  /** A record of a database had to be left out (invalid version, no name). */
  | 'package-invalid'
  /** A file that says which OS or repositories the image has contradicts itself. */
  | 'os-contradictory';

export interface InventoryProblem {
  readonly kind: InventoryProblemKind;
  /** Relative to the root, when it is about one file. */
  readonly path?: string;
  readonly detail: string;
}

/**
 * Packages of a language or SBOM files of an image. They are no packages of its system, and nothing is compared with them: that
 * they are there has to be said, for the absence of findings says nothing about them.
 */
export interface UncomparedPackages {
  readonly kind: UncomparedKind;
  readonly count: number;
  /** Directories relative to the root, that with most of them first; empty where a document does not say. */
  readonly places: readonly { readonly path: string; readonly count: number }[];
}

/** Everything an advisory lookup needs to know about an image. */
export interface ScannedImage {
  /** Absent when it could not be found out; `problems` then says so. */
  readonly os?: ScannedOs;
  /** Stream of the Alpine-like repositories that the image configures, which overrides the release in `os`: `3.19`, `edge`. */
  readonly repository?: { readonly family: string; readonly release: string };
  /** In the order of name, then ID. */
  readonly packages: readonly ScannedPackage[];
  readonly problems: readonly InventoryProblem[];
  /** By kind; absent when there are none, or none are known. */
  readonly uncompared?: readonly UncomparedPackages[];
}
