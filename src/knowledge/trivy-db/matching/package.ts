/** An installed OS package in the terms of Trivy's report. Absent texts are empty to the rules, absent epochs 0. */
export interface ScannedPackage {
  /** `name@version`, for rpm `name@version-release.arch`. */
  readonly id?: string;
  readonly name: string;
  /** Upstream version; for apk with `-rN`, for deb the whole version where it was not split. */
  readonly version: string;
  readonly release?: string;
  readonly epoch?: number;
  readonly architecture?: string;
  readonly sourceName?: string;
  readonly sourceVersion?: string;
  readonly sourceRelease?: string;
  readonly sourceEpoch?: number;
  /** `nodejs:12:8030020201124152102:229f0a1c`. */
  readonly modularityLabel?: string;
  /** Where Red Hat built the layer that the package came with. */
  readonly buildInfo?: RedHatBuildInfo;
  readonly repositoryClass?: 'official' | 'third-party';
  readonly purl?: string;
  readonly layer?: { readonly digest?: string; readonly diffId?: string };
}

export interface RedHatBuildInfo {
  readonly contentSets: readonly string[];
  readonly nvr?: string;
  readonly architecture?: string;
}

/** The operating system as the files of the image name it. */
export interface ScannedOs {
  /** Trivy's name: `debian`, `redhat`, `opensuse-leap` … */
  readonly family: string;
  /** `12.5`, `3.19.1`, `2 (Karoo)`. */
  readonly name: string;
  /** Ubuntu with Expanded Security Maintenance. */
  readonly extended?: boolean;
  /** Who rebuilt the packages: `rapidfort`. */
  readonly supplier?: string;
  /** Release of the repositories in etc/apk/repositories: `3.19`, `edge`. */
  readonly repositoryRelease?: string;
}

function format(epoch: number | undefined, version: string | undefined, release: string | undefined): string {
  const text = release ? `${version ?? ''}-${release}` : (version ?? '');
  return epoch ? `${epoch}:${text}` : text;
}

/** `[epoch:]version[-release]`, the epoch only when it is not 0. */
export function installedVersion(pkg: ScannedPackage): string {
  return format(pkg.epoch, pkg.version, pkg.release);
}

export function sourceVersion(pkg: ScannedPackage): string {
  return format(pkg.sourceEpoch, pkg.sourceVersion, pkg.sourceRelease);
}

/** Name in the advisories of modular distributions: `nodejs:12::npm` for the label `nodejs:12:8030…:229f0a1c`. */
export function modularName(pkg: ScannedPackage): string {
  const [module, stream, ...more] = (pkg.modularityLabel ?? '').split(':');
  return more.length === 0 ? pkg.name : `${module}:${stream}::${pkg.name}`;
}

export function sourceOrBinaryName(pkg: ScannedPackage): string {
  return pkg.sourceName || pkg.name;
}
