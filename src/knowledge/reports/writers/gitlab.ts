import { sha256 } from '../../../core/digest.ts';
import { type ScanFinding, type ScanResult, severityOf } from '../../scan/result.ts';
import { verdictOf } from '../../scan/verdict.ts';
import { fixOf, sourceLines, suppressionText, unknownLines } from './facts.ts';
import { present } from './go-json.ts';

const SCHEMA = '15.0.7';

/**
 * GitLab's container scanning report (security report schema 15). A suppressed finding is a message of the scan, as the
 * schema knows no other place; an image about which nothing is known makes the scan a failed one.
 */
export function writeGitlab(result: ScanResult): string {
  const scanner = {
    id: result.tool.name,
    name: 'Suture',
    vendor: { name: 'Suture' },
    version: result.tool.version,
  };
  const time = result.createdAt.slice(0, 19);
  const report = {
    version: SCHEMA,
    vulnerabilities: result.findings.map((finding) => vulnerability(finding, result)),
    remediations: [],
    scan: {
      analyzer: scanner,
      scanner,
      type: 'container_scanning',
      start_time: time,
      end_time: time,
      status: verdictOf(result) === 'unknown' ? 'failure' : 'success',
      messages: [
        ...unknownLines(result).map((value) => ({ level: 'warn', value })),
        ...sourceLines(result).map((value) => ({ level: 'info', value: `knowledge: ${value}` })),
        ...result.suppressed.map((entry) => ({
          level: 'info',
          value: `suppressed: ${entry.finding.vulnerability} in ${entry.finding.package.name}: ${suppressionText(entry)}`,
        })),
      ],
    },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function vulnerability(finding: ScanFinding, { artifact, os }: ScanResult) {
  const { package: found, title, details, fixedVersion, url } = finding;
  // Copa's manifests may name no vulnerability; the schema wants a name.
  const id = finding.vulnerability || 'unknown';
  const severity = severityOf(finding);
  return {
    id: uuidOf(finding.fingerprint ?? `${artifact.name}:${found.name}:${found.version}:${id}`),
    name: `${id} in ${found.name}`.slice(0, 255),
    description: details?.description ?? title ?? '',
    severity: severity.charAt(0) + severity.slice(1).toLowerCase(),
    solution:
      fixedVersion === undefined ? `No solution: ${fixOf(finding)}` : `Upgrade ${found.name} to ${fixedVersion}`,
    location: {
      dependency: { package: { name: found.name }, version: found.version },
      operating_system: os === undefined ? 'unknown' : `${os.family} ${os.name}`.trim(),
      image: artifact.name,
    },
    identifiers: [
      { type: id.startsWith('CVE-') ? 'cve' : 'suture', name: id, value: id, ...present('url', httpUrl(url)) },
    ],
    links: (details?.references ?? []).filter((link) => httpUrl(link) !== undefined).map((link) => ({ url: link })),
  };
}

function httpUrl(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\/\S+$/.test(url) ? url : undefined;
}

/** GitLab asks for a UUID by which it tracks the finding over scans. */
function uuidOf(text: string): string {
  const hex = sha256(text).slice(7, 39);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
