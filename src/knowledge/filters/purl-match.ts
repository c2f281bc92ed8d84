import { PackageURL } from 'packageurl-js';

/** Undefined when the text is not a package URL. */
export function parsePurl(text: string | undefined): PackageURL | undefined {
  if (text === undefined || !text.startsWith('pkg:')) return undefined;
  try {
    return PackageURL.fromString(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether a package is one of those that a pattern names: same type, namespace and name; version and qualifiers only as far as
 * the pattern gives them (the rule of Trivy and OpenVEX).
 */
export function purlMatches(pattern: PackageURL, found: PackageURL): boolean {
  if (pattern.type !== found.type || pattern.name !== found.name) return false;
  if ((pattern.namespace ?? '') !== (found.namespace ?? '')) return false;
  if (pattern.version && pattern.version !== found.version) return false;
  return Object.entries(pattern.qualifiers ?? {}).every(([key, value]) => found.qualifiers?.[key] === value);
}
