import type { ScannedOs, ScannedPackage } from './types.ts';

type PurlPackage = Pick<ScannedPackage, 'name' | 'version' | 'release' | 'epoch' | 'arch' | 'modularityLabel'>;

const APK = new Set(['alpine', 'chainguard', 'wolfi', 'minimos']);
const DEB = new Set(['debian', 'ubuntu', 'echo', 'activestate']);
const NAMESPACES: Readonly<Record<string, string>> = {
  sles: 'suse',
  slem: 'suse',
  'opensuse-leap': 'opensuse',
  'opensuse-tumbleweed': 'opensuse',
};

/** The package URL type of the packages of an operating system family. */
export function purlType(family: string): 'apk' | 'deb' | 'rpm' | 'bottlerocket' {
  if (APK.has(family)) return 'apk';
  if (family === 'bottlerocket') return 'bottlerocket';
  return DEB.has(family) ? 'deb' : 'rpm';
}

/**
 * The package URL of an installed package, as Trivy writes it: the epoch is a qualifier, not part of the version, and the
 * distribution stands as `distro=debian-12.5`, for apk as `distro=3.19.1`.
 */
export function purlOf(found: PurlPackage, os: ScannedOs): string {
  const type = purlType(os.family);
  const version = found.release === '' ? found.version : `${found.version}-${found.release}`;
  // Qualifiers stand in the order of their keys.
  const qualifiers: readonly (readonly [string, string])[] = [
    ['arch', found.arch],
    ['distro', type === 'apk' ? os.name : `${os.family}-${os.name}`],
    ['epoch', found.epoch === 0 ? '' : String(found.epoch)],
    ['modularitylabel', type === 'rpm' ? (found.modularityLabel ?? '') : ''],
  ];
  const namespace = type === 'bottlerocket' ? '' : `${encode(NAMESPACES[os.family] ?? os.family)}/`;
  const name = encode(type === 'apk' ? found.name.toLowerCase() : found.name);
  const query = qualifiers.flatMap(([key, value]) => (value === '' ? [] : [`${key}=${encode(value)}`])).join('&');
  return `pkg:${type}/${namespace}${name}@${encode(version)}${query === '' ? '' : `?${query}`}`;
}

/** All but letters, digits, `.`, `-`, `_`, `~` and `:` (purl specification); Trivy encodes the same, `+` and brackets included. */
function encode(text: string): string {
  // As almost all are.
  if (!/[^A-Za-z0-9.~:_-]/.test(text)) return text;
  return encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
