import { z } from 'zod';
import type { Digest } from '../../core/digest.ts';
import type { Severity } from '../../core/severity.ts';
import type { Finding, FindingStatus, OsName, ScannerReport } from '../findings.ts';

const text = z.string().nullish();

const match = z.looseObject({
  vulnerability: z.looseObject({
    id: z.string().min(1),
    dataSource: text,
    namespace: text,
    severity: text,
    description: text,
    fix: z.looseObject({ versions: z.array(z.string()).nullish(), state: text }).nullish(),
    advisories: z.array(z.looseObject({ id: text })).nullish(),
  }),
  relatedVulnerabilities: z.array(z.looseObject({ id: z.string(), dataSource: text })).nullish(),
  artifact: z.looseObject({
    name: z.string().min(1),
    version: text,
    type: text,
    purl: text,
  }),
});

/** The image's members of `source.target`; a scanned directory has a bare text there. */
const image = z.looseObject({
  userInput: text,
  repoDigests: z.array(z.string()).nullish(),
  layers: z.array(z.looseObject({ digest: text })).nullish(),
  architecture: text,
  os: text,
});

const database = z.looseObject({
  built: text,
  status: z.looseObject({ built: text }).nullish(),
});

/** Grype's JSON report (`grype -o json`); its schema has grown, these members have stayed. */
export const grypeReportSchema = z.looseObject({
  matches: z.array(match),
  source: z.looseObject({ type: text, target: z.union([image, z.string()]).nullish() }).nullish(),
  distro: z.looseObject({ name: text, version: text }).nullish(),
  descriptor: z.looseObject({ name: text, version: text, timestamp: text, db: database.nullish() }),
});

type GrypeReport = z.output<typeof grypeReportSchema>;
type Match = z.output<typeof match>;

const OS_TYPES = new Set(['deb', 'apk', 'rpm']);

export function scannerReportFromGrype(report: GrypeReport, name: string, digest: Digest): ScannerReport {
  const os = osOf(report);
  const target = typeof report.source?.target === 'object' ? report.source.target : undefined;
  const ofOs = report.matches.filter(({ artifact }) => OS_TYPES.has(artifact.type ?? ''));
  const { timestamp, version, db } = report.descriptor;
  const knownUntil = db?.built ?? db?.status?.built;
  return {
    format: 'grype',
    name,
    digest,
    ...(timestamp ? { createdAt: timestamp } : {}),
    ...(knownUntil ? { knowledgeAt: knownUntil } : {}),
    scanner: { name: 'grype', ...(version ? { version } : {}) },
    artifact: {
      ...(target?.userInput ? { name: target.userInput } : {}),
      repoDigests: target?.repoDigests ?? [],
      // Syft names layers by their diff ID.
      diffIds: (target?.layers ?? []).flatMap((layer) => (layer.digest ? [layer.digest] : [])),
    },
    ...(os === undefined ? {} : { os }),
    platform: target?.architecture ? { architecture: target.architecture } : {},
    coversOsPackages: os !== undefined,
    findings: ofOs.map(findingOf),
    otherFindings: report.matches.length - ofOs.length,
  };
}

function osOf({ distro }: GrypeReport): OsName | undefined {
  if (!distro?.name) return undefined;
  return { family: FAMILIES[distro.name] ?? distro.name, ...(distro.version ? { name: distro.version } : {}) };
}

/** Grype names systems by the `ID` of os-release. */
const FAMILIES: Readonly<Record<string, string>> = {
  rhel: 'redhat',
  redhat: 'redhat',
  almalinux: 'alma',
  rockylinux: 'rocky',
  ol: 'oracle',
  oraclelinux: 'oracle',
  amzn: 'amazon',
  amazonlinux: 'amazon',
  mariner: 'cbl-mariner',
};

const SEVERITIES: Readonly<Record<string, Severity>> = {
  critical: 'CRITICAL',
  high: 'HIGH',
  medium: 'MEDIUM',
  low: 'LOW',
  negligible: 'LOW',
};

function findingOf({ vulnerability, relatedVulnerabilities, artifact }: Match): Finding {
  const { id, severity, fix, advisories, dataSource, description } = vulnerability;
  const versions = fix?.state === 'fixed' ? (fix.versions ?? []) : [];
  const architecture = new URLSearchParams(artifact.purl?.split('?')[1] ?? '').get('arch');
  // Distributions' own IDs (ELSA, ALAS) come with the CVEs they are about.
  const related = (relatedVulnerabilities ?? []).map((entry) => entry.id);
  const cves = id.startsWith('CVE-') ? [] : related.filter((entry) => entry.startsWith('CVE-'));
  const [only] = cves;
  const vulnerabilityId = cves.length === 1 && only !== undefined ? only : id;
  const vendorIds = [...new Set([id, ...(advisories ?? []).flatMap((entry) => (entry.id ? [entry.id] : []))])];
  return {
    vulnerability: vulnerabilityId,
    vendorIds: vendorIds.filter((entry) => entry !== vulnerabilityId),
    package: {
      name: artifact.name,
      version: artifact.version ?? '',
      ...(architecture ? { architecture } : {}),
      ...(artifact.purl ? { purl: artifact.purl } : {}),
    },
    severity: SEVERITIES[severity?.toLowerCase() ?? ''] ?? 'UNKNOWN',
    status: statusOf(fix?.state, versions),
    ...(versions.length > 0 ? { fixedVersion: versions.join(', ') } : {}),
    ...(description ? { title: description.split('\n', 1)[0]?.slice(0, 200) ?? '' } : {}),
    ...(dataSource ? { url: dataSource } : {}),
  };
}

function statusOf(state: string | null | undefined, versions: readonly string[]): FindingStatus {
  if (versions.length > 0) return 'fixed';
  return state === 'wont-fix' ? 'will_not_fix' : 'affected';
}
