import { z } from 'zod';
import { type Digest, isDigest } from '../../core/digest.ts';
import { SEVERITIES } from '../../core/severity.ts';
import { FINDING_STATUSES, type Finding, type OsName, type ScannerReport } from '../findings.ts';

// Go writes no empty fields and reads null as empty; unknown fields are ignored, a wrong type of a known one is an error.
const text = z.string().nullish();
const texts = z.array(z.string()).nullish();

const vulnerability = z.looseObject({
  VulnerabilityID: z.string().min(1),
  VendorIDs: texts,
  PkgID: text,
  PkgName: z.string().min(1),
  PkgIdentifier: z.looseObject({ PURL: text }).nullish(),
  InstalledVersion: text,
  FixedVersion: text,
  Status: z.enum(FINDING_STATUSES).nullish(),
  Severity: z.enum(SEVERITIES).nullish(),
  SeveritySource: text,
  Title: text,
  PrimaryURL: text,
});

const result = z.looseObject({
  Target: text,
  Class: text,
  Type: text,
  Vulnerabilities: z.array(vulnerability).nullish(),
});

/** Trivy's JSON report, schema version 2 (since Trivy 0.20). */
export const trivyReportSchema = z.looseObject({
  SchemaVersion: z.literal(2),
  Trivy: z
    .looseObject({
      Version: text,
      Server: z.looseObject({ VulnerabilityDB: z.looseObject({ UpdatedAt: text }).nullish() }).nullish(),
    })
    .nullish(),
  /** Of reports that this program wrote: what Trivy's format has no place for. */
  Suture: z
    .looseObject({
      Tool: text,
      Sources: z.array(z.looseObject({ Kind: text, UpdatedAt: text })).nullish(),
      Unknown: z.array(z.looseObject({ Kind: z.string(), Scope: text })).nullish(),
    })
    .nullish(),
  CreatedAt: z.iso.datetime({ offset: true }).nullish(),
  ArtifactID: text,
  ArtifactName: text,
  ArtifactType: text,
  Metadata: z
    .looseObject({
      OS: z.looseObject({ Family: text, Name: text }).nullish(),
      RepoDigests: texts,
      DiffIDs: texts,
      ImageConfig: z.looseObject({ architecture: text, variant: text }).nullish(),
    })
    .nullish(),
  Results: z.array(result).nullish(),
});

type TrivyReport = z.output<typeof trivyReportSchema>;
type TrivyResult = z.output<typeof result>;
type TrivyVulnerability = z.output<typeof vulnerability>;

const OS_PACKAGES = 'os-pkgs';

export function scannerReportFromTrivy(report: TrivyReport, name: string, digest: Digest): ScannerReport {
  const results = report.Results ?? [];
  const osResults = results.filter((entry) => entry.Class === OS_PACKAGES);
  const others = results.filter((entry) => entry.Class !== OS_PACKAGES);
  const os = osOf(report, osResults);
  const { architecture, variant } = report.Metadata?.ImageConfig ?? {};
  return {
    format: 'trivy',
    name,
    digest,
    ...present('createdAt', report.CreatedAt),
    ...present('knowledgeAt', knowledgeOf(report)),
    scanner: scannerOf(report),
    artifact: {
      ...present('name', report.ArtifactName),
      ...(report.ArtifactID && isDigest(report.ArtifactID) ? { id: report.ArtifactID } : {}),
      repoDigests: report.Metadata?.RepoDigests ?? [],
      diffIds: report.Metadata?.DiffIDs ?? [],
    },
    ...(os === undefined ? {} : { os }),
    platform: { ...present('architecture', architecture), ...present('variant', variant) },
    coversOsPackages: osResults.length > 0 && !report.Suture?.Unknown?.some(({ Scope }) => Scope === 'image'),
    findings: osResults.flatMap((entry) => (entry.Vulnerabilities ?? []).map(findingOf)),
    otherFindings: others.reduce((sum, entry) => sum + (entry.Vulnerabilities?.length ?? 0), 0),
  };
}

/** Trivy itself says so only of a server's database; a report of this program always does. */
function knowledgeOf(report: TrivyReport): string | null | undefined {
  const own = report.Suture?.Sources?.find(({ Kind }) => Kind === 'trivy-db');
  return own?.UpdatedAt ?? report.Trivy?.Server?.VulnerabilityDB?.UpdatedAt;
}

function scannerOf(report: TrivyReport): { name: string; version?: string } {
  const [name, version] = (report.Suture?.Tool ?? '').split(' ');
  return name
    ? { name, ...present('version', version) }
    : { name: 'trivy', ...present('version', report.Trivy?.Version) };
}

/** The OS of the metadata; where a report leaves it out, the family is still the type of the OS result. */
function osOf(report: TrivyReport, osResults: readonly TrivyResult[]): OsName | undefined {
  const family = report.Metadata?.OS?.Family || osResults[0]?.Type;
  if (!family) return undefined;
  return { family, ...present('name', report.Metadata?.OS?.Name) };
}

function findingOf(found: TrivyVulnerability): Finding {
  const purl = found.PkgIdentifier?.PURL;
  const architecture = purl ? new URLSearchParams(purl.split('?')[1] ?? '').get('arch') : undefined;
  return {
    vulnerability: found.VulnerabilityID,
    vendorIds: found.VendorIDs ?? [],
    package: {
      name: found.PkgName,
      version: found.InstalledVersion ?? '',
      ...present('architecture', architecture),
      ...present('purl', purl),
    },
    ...(found.Severity ? { severity: found.Severity } : {}),
    ...present('severitySource', found.SeveritySource),
    status: found.Status ?? (found.FixedVersion ? 'fixed' : 'affected'),
    ...present('fixedVersion', found.FixedVersion),
    ...present('title', found.Title),
    ...present('url', found.PrimaryURL),
  };
}

function present<Key extends string>(key: Key, value: string | null | undefined): { [K in Key]?: string } {
  return (value ? { [key]: value } : {}) as { [K in Key]?: string };
}
