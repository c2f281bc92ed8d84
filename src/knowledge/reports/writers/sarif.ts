import { sha256 } from '../../../core/digest.ts';
import type { Severity } from '../../../core/severity.ts';
import { type ScanFinding, type ScanResult, severityOf } from '../../scan/result.ts';
import { fixOf, sourceLines, suppressionText, unknownLines } from './facts.ts';
import { present } from './go-json.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  CRITICAL: 'error',
  HIGH: 'error',
  MEDIUM: 'warning',
  LOW: 'note',
  UNKNOWN: 'note',
};

/** GitHub sorts by this number; it stands in where no CVSS score is known. */
const SCORES: Readonly<Record<Severity, string>> = {
  CRITICAL: '9.5',
  HIGH: '8.0',
  MEDIUM: '5.5',
  LOW: '2.0',
  UNKNOWN: '0.0',
};

const UNKNOWN_RULE = 'suture-unknown';

/**
 * SARIF 2.1.0, as code scanning of GitHub and others reads it. Suppressed findings are results with a suppression; what is
 * not known about the image is a result of a rule of its own, because readers drop notifications.
 */
export function writeSarif(result: ScanResult): string {
  const all = [...result.findings, ...result.suppressed.map(({ finding }) => finding)];
  const unknown = unknownLines(result);
  const uri = artifactUri(result.artifact.name);
  const rules = [...rulesOf(all), ...(unknown.length > 0 ? [unknownRule()] : [])];
  const indexOf = new Map(rules.map((rule, index) => [rule.id, index]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: result.tool.name, version: result.tool.version, rules } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            ...present(
              'toolExecutionNotifications',
              unknown.map((text) => ({ level: 'warning', message: { text } })),
            ),
          },
        ],
        results: [
          ...result.findings.map((finding) => resultOf(finding, uri, indexOf)),
          ...result.suppressed.map((entry) => ({
            ...resultOf(entry.finding, uri, indexOf),
            suppressions: [{ kind: 'external', status: 'accepted', justification: suppressionText(entry) }],
          })),
          ...unknown.map((text) => unknownResult(text, uri, indexOf.get(UNKNOWN_RULE) ?? 0)),
        ],
        properties: {
          imageName: result.artifact.name,
          ...present('imageID', result.artifact.imageId),
          ...present('repoDigests', result.artifact.repoDigests),
          knowledge: sourceLines(result),
        },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function rulesOf(findings: readonly ScanFinding[]) {
  const byId = new Map<string, ScanFinding>();
  for (const finding of findings) if (!byId.has(finding.vulnerability)) byId.set(finding.vulnerability, finding);
  return [...byId]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, finding]) => {
      const severity = severityOf(finding);
      const { title, url, details } = finding;
      return {
        id,
        name: 'OsPackageVulnerability',
        shortDescription: { text: title ?? id },
        fullDescription: { text: (details?.description ?? title ?? id).slice(0, 1000) },
        ...present('helpUri', url),
        help: { text: `${id}: ${title ?? 'vulnerability in an OS package'}${url === undefined ? '' : `\n${url}`}` },
        defaultConfiguration: { level: LEVELS[severity] },
        properties: {
          precision: 'very-high',
          'security-severity': score(finding),
          tags: ['vulnerability', 'security', severity],
        },
      };
    });
}

function unknownRule() {
  return {
    id: UNKNOWN_RULE,
    name: 'NotKnown',
    shortDescription: { text: 'Nothing is known about a part of the image' },
    fullDescription: {
      text: 'A part of the image could not be compared with advisories: no finding there does not mean that it is clean.',
    },
    help: { text: 'Unknown is not clean.' },
    defaultConfiguration: { level: 'warning' as const },
    properties: { precision: 'very-high', 'security-severity': SCORES.UNKNOWN, tags: ['unknown'] },
  };
}

/** The score of the source that rated the finding, else NVD's, else one that stands for the severity. */
function score({ details, severitySource, severity }: ScanFinding): string {
  const cvss = details?.cvss[severitySource ?? ''] ?? details?.cvss['nvd'];
  const number = cvss?.['V40Score'] ?? cvss?.['V3Score'];
  return typeof number === 'number' ? number.toFixed(1) : SCORES[severity ?? 'UNKNOWN'];
}

function resultOf(finding: ScanFinding, uri: string, rules: ReadonlyMap<string, number>) {
  const { package: found, vulnerability } = finding;
  const text = `${found.name} ${found.version}: ${vulnerability} (${severityOf(finding)}); ${finding.fixedVersion === undefined ? fixOf(finding) : `fixed in ${finding.fixedVersion}`}`;
  return {
    ruleId: vulnerability,
    ruleIndex: rules.get(vulnerability) ?? 0,
    level: LEVELS[severityOf(finding)],
    message: { text },
    locations: [location(uri, `${found.name}@${found.version}`)],
    partialFingerprints: {
      'suture/v1': finding.fingerprint ?? sha256(`${uri}:${found.name}:${found.version}:${vulnerability}`),
    },
  };
}

function unknownResult(text: string, uri: string, ruleIndex: number) {
  return {
    ruleId: UNKNOWN_RULE,
    ruleIndex,
    kind: 'review',
    level: 'none',
    message: { text },
    locations: [location(uri, 'image')],
    partialFingerprints: { 'suture/v1': sha256(`${uri}:${text}`) },
  };
}

function location(uri: string, name: string) {
  return {
    physicalLocation: {
      artifactLocation: { uri, uriBaseId: 'ROOTPATH' },
      region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
    },
    logicalLocations: [{ fullyQualifiedName: name, kind: 'package' }],
  };
}

/** A relative URI, as readers ask for: the repository without tag and digest. */
function artifactUri(name: string): string {
  const bare = name
    .replace(/@sha\d+:[0-9a-f]+$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^[a-z-]+:/, '');
  return encodeURI(bare.replace(/^\/+/, '')) || 'image';
}
