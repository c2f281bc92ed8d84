import type { OsName } from '../findings.ts';

/** os-release `ID` → Trivy's family, where they differ; Copa's manifests use either. */
const FAMILIES: Readonly<Record<string, string>> = {
  rhel: 'redhat',
  almalinux: 'alma',
  ol: 'oracle',
  amzn: 'amazon',
  mariner: 'cbl-mariner',
  'sle-micro': 'slem',
  'sl-micro': 'slem',
  'sle-micro-rancher': 'slem',
  opensuse: 'opensuse-leap',
  'opensuse.leap': 'opensuse-leap',
  'opensuse.tumbleweed': 'opensuse-tumbleweed',
  'suse linux enterprise server': 'sles',
  'suse linux enterprise micro': 'slem',
};

/** Parts of the version that make a release: point releases of these families are the same system, patched further. */
const SIGNIFICANT_PARTS: Readonly<Record<string, number>> = {
  debian: 1,
  redhat: 1,
  centos: 1,
  rocky: 1,
  alma: 1,
  oracle: 1,
  amazon: 1,
  fedora: 1,
  alpine: 2,
  ubuntu: 2,
  azurelinux: 2,
  'cbl-mariner': 2,
};

/** Families without releases. */
const ROLLING = new Set(['wolfi', 'chainguard', 'minimos', 'opensuse-tumbleweed', 'arch', 'archlinux']);

/** Whether a report's OS is the image's: same family, same release. A name that either side leaves out is not compared. */
export function sameRelease(reported: OsName, image: { readonly id: string; readonly version?: string }): boolean {
  const family = familyOf(reported.family);
  if (family !== familyOf(image.id)) return false;
  if (ROLLING.has(family) || !reported.name || !image.version) return true;
  return releaseOf(family, reported.name) === releaseOf(family, image.version);
}

function familyOf(id: string): string {
  const lower = id.toLowerCase();
  return FAMILIES[lower] ?? lower;
}

function releaseOf(family: string, name: string): string {
  const version = name.trim().split(/\s+/)[0] ?? '';
  const parts = SIGNIFICANT_PARTS[family];
  return parts === undefined ? version : version.split('.').slice(0, parts).join('.');
}
