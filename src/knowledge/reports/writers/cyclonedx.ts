import { sha256 } from '../../../core/digest.ts';
import type { Severity } from '../../../core/severity.ts';
import type { ScanFinding, ScanResult, SuppressedFinding, Suppression } from '../../scan/result.ts';
import { severityOf } from '../../scan/result.ts';
import { fixOf, sourceLines, unknownLines } from './facts.ts';
import { present } from './go-json.ts';

/**
 * CycloneDX 1.6: the packages as components, the findings as vulnerabilities that refer to them; suppressed ones carry their
 * analysis. What is not known stands in the metadata's properties, and the composition is then `incomplete`.
 */
export function writeCyclonedx(result: ScanResult): string {
  const unknown = unknownLines(result);
  const refs = componentRefs(result);
  const body = {
    version: 1,
    metadata: {
      timestamp: result.createdAt,
      tools: { components: [{ type: 'application', name: result.tool.name, version: result.tool.version }] },
      component: artifactComponent(result),
      properties: [
        ...sourceLines(result).map((value) => ({ name: 'suture:knowledge', value })),
        ...unknown.map((value) => ({ name: 'suture:unknown', value })),
      ],
    },
    components: components(result, refs),
    compositions: [{ aggregate: unknown.length > 0 || !result.hasInventory ? 'incomplete' : 'complete' }],
    vulnerabilities: vulnerabilities(result, refs),
  };
  const hex = sha256(JSON.stringify(body)).slice(7, 39);
  const serialNumber = `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber,
    ...body,
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

function artifactComponent({ artifact, os }: ScanResult) {
  return {
    'bom-ref': 'artifact',
    type: 'container',
    name: artifact.name,
    ...present('version', artifact.digest),
    properties: [
      ...(artifact.imageId === undefined ? [] : [{ name: 'aquasecurity:trivy:ImageID', value: artifact.imageId }]),
      ...artifact.repoDigests.map((value) => ({ name: 'aquasecurity:trivy:RepoDigest', value })),
      ...artifact.diffIds.map((value) => ({ name: 'aquasecurity:trivy:DiffID', value })),
      ...(os === undefined ? [] : [{ name: 'suture:os', value: `${os.family} ${os.name}`.trim() }]),
    ],
  };
}

/** The reference of a package by its ID, and of a package that only findings name by name and version. */
function componentRefs({ packages, findings, suppressed }: ScanResult): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  for (const { id, name, arch, identifier } of packages) {
    const ref = identifier.purl ?? `package:${name}:${arch}:${id}`;
    if (!refs.has(id)) refs.set(id, ref);
  }
  for (const finding of [...findings, ...suppressed.map((entry) => entry.finding)]) {
    const key = keyOf(finding);
    if (!refs.has(key)) refs.set(key, finding.package.purl ?? `package:${key}`);
  }
  return refs;
}

function keyOf({ packageId, package: found }: ScanFinding): string {
  return packageId ?? `${found.name}@${found.version}`;
}

function components({ packages, findings, suppressed, os }: ScanResult, refs: ReadonlyMap<string, string>) {
  const listed = new Map<string, object>();
  if (os !== undefined) {
    listed.set('os', { 'bom-ref': 'os', type: 'operating-system', name: os.family, ...present('version', os.name) });
  }
  for (const { id, name, version, release, epoch, licenses, identifier, src, arch } of packages) {
    const ref = identifier.purl ?? `package:${name}:${arch}:${id}`;
    if (listed.has(ref)) continue;
    const full = `${epoch ? `${epoch}:` : ''}${version}${release ? `-${release}` : ''}`;
    listed.set(ref, {
      'bom-ref': ref,
      type: 'library',
      name,
      version: full,
      ...present('purl', identifier.purl),
      ...present(
        'licenses',
        licenses.map((license) => ({ license: { name: license } })),
      ),
      properties: [
        { name: 'aquasecurity:trivy:PkgID', value: id },
        ...(src.name === '' ? [] : [{ name: 'aquasecurity:trivy:SrcName', value: src.name }]),
      ],
    });
  }
  for (const finding of [...findings, ...suppressed.map((entry) => entry.finding)]) {
    const ref = refs.get(keyOf(finding)) ?? '';
    const { name, version, purl } = finding.package;
    if (!listed.has(ref)) listed.set(ref, { 'bom-ref': ref, type: 'library', name, version, ...present('purl', purl) });
  }
  return [...listed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, component]) => component);
}

/** One entry for each vulnerability and analysis; a vulnerability suppressed in one package may stand in another. */
function vulnerabilities({ findings, suppressed }: ScanResult, refs: ReadonlyMap<string, string>) {
  const groups = new Map<string, { finding: ScanFinding; suppression?: Suppression; affected: ScanFinding[] }>();
  const add = (finding: ScanFinding, entry?: SuppressedFinding) => {
    const key = `${finding.vulnerability} ${JSON.stringify(entry?.suppression ?? '')}`;
    const group = groups.get(key) ?? { finding, affected: [], ...(entry ? { suppression: entry.suppression } : {}) };
    group.affected.push(finding);
    groups.set(key, group);
  };
  for (const finding of findings) add(finding);
  for (const entry of suppressed) add(entry.finding, entry);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { finding, suppression, affected }]) => ({
      'bom-ref': `vulnerability:${sha256(key).slice(7, 23)}`,
      ...vulnerability(finding, affected),
      ...(suppression === undefined ? {} : { analysis: analysis(suppression) }),
      affects: affects(affected, refs),
    }));
}

function vulnerability(finding: ScanFinding, affected: readonly ScanFinding[]) {
  const { details, url, dataSource, title } = finding;
  const cwes = (details?.cweIds ?? []).map((id) => Number(id.replace('CWE-', ''))).filter(Number.isInteger);
  const fixes = affected.map(({ package: found, fixedVersion }) =>
    fixedVersion === undefined
      ? `${found.name}: ${fixOf(finding)}`
      : `Upgrade ${found.name} to version ${fixedVersion}`,
  );
  return {
    id: finding.vulnerability,
    source: { name: dataSource?.id ?? finding.source, ...present('url', dataSource?.url) },
    ratings: ratings(finding),
    ...present('cwes', cwes),
    ...present('description', details?.description ?? title),
    recommendation: [...new Set(fixes)].sort().join('; '),
    ...present(
      'advisories',
      [...new Set([url, ...(details?.references ?? [])])]
        .filter((link) => link !== undefined && /^https?:\/\/\S+$/.test(link))
        .map((link) => ({ url: link })),
    ),
    ...present('published', isoTime(details?.publishedDate)),
    ...present('updated', isoTime(details?.lastModifiedDate)),
  };
}

function ratings(finding: ScanFinding) {
  const chosen = {
    ...(finding.severitySource === undefined ? {} : { source: { name: finding.severitySource } }),
    severity: severityName(severityOf(finding)),
  };
  const others = Object.entries(finding.details?.vendorSeverity ?? {})
    .filter(([source]) => source !== finding.severitySource)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([source, severity]) => ({ source: { name: source }, severity: severityName(severity) }));
  return [chosen, ...others];
}

function severityName(severity: Severity): string {
  return severity.toLowerCase();
}

function affects(affected: readonly ScanFinding[], refs: ReadonlyMap<string, string>) {
  const byRef = new Map<string, ScanFinding>();
  for (const finding of affected) byRef.set(refs.get(keyOf(finding)) ?? '', finding);
  return [...byRef]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ref, { package: found }]) => ({ ref, versions: [{ version: found.version, status: 'affected' }] }));
}

/** OpenVEX justifications in CycloneDX's words; the original stands in the detail. */
const JUSTIFICATIONS: Readonly<Record<string, string>> = {
  component_not_present: 'code_not_present',
  vulnerable_code_not_present: 'code_not_present',
  vulnerable_code_not_in_execute_path: 'code_not_reachable',
  vulnerable_code_cannot_be_controlled_by_adversary: 'requires_environment',
  inline_mitigations_already_exist: 'protected_by_mitigating_control',
  code_not_present: 'code_not_present',
  code_not_reachable: 'code_not_reachable',
  requires_configuration: 'requires_configuration',
  requires_dependency: 'requires_dependency',
  requires_environment: 'requires_environment',
  protected_by_compiler: 'protected_by_compiler',
  protected_at_runtime: 'protected_at_runtime',
  protected_at_perimeter: 'protected_at_perimeter',
  protected_by_mitigating_control: 'protected_by_mitigating_control',
};

function analysis({ status, justification, statement, source, expires }: Suppression) {
  const mapped = JUSTIFICATIONS[justification ?? ''];
  const detail = [justification, statement, `source: ${source}`, expires && `until ${expires}`]
    .filter(Boolean)
    .join('; ');
  const state = status === 'fixed' ? 'resolved' : status === 'not_affected' ? 'not_affected' : 'in_triage';
  return { state, ...(mapped === undefined || state !== 'not_affected' ? {} : { justification: mapped }), detail };
}

function isoTime(text: string | undefined): string | undefined {
  return text !== undefined && Number.isFinite(Date.parse(text)) ? text : undefined;
}
