/**
 * What a JSON document can give to a scan, judged by its members only. Whatever is none of these is for the reader of reports,
 * who says what it is and what is accepted.
 */
export function isSbomOrPackages(bytes: Uint8Array): 'sbom' | 'report-with-packages' | 'report' {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return 'report';
  }
  if (typeof json !== 'object' || json === null) return 'report';
  const document = json as Readonly<Record<string, unknown>>;
  if (document['bomFormat'] === 'CycloneDX' || document['spdxVersion'] !== undefined) return 'sbom';
  if (document['SchemaVersion'] === undefined || !Array.isArray(document['Results'])) return 'report';
  return document['Results'].some(hasOsPackages) ? 'report-with-packages' : 'report';
}

function hasOsPackages(result: unknown): boolean {
  const { Class, Packages } = (result ?? {}) as { Class?: unknown; Packages?: unknown };
  return Class === 'os-pkgs' && Array.isArray(Packages) && Packages.length > 0;
}
