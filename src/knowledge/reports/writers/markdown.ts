import { compareSeverity } from '../../../core/severity.ts';
import { type ScanFinding, type ScanResult, severityOf } from '../../scan/result.ts';
import { countSeverities, FALLING_SEVERITIES } from '../../scan/verdict.ts';
import {
  fixOf,
  headline,
  plain,
  platformLine,
  sourceLines,
  suppressionText,
  threatText,
  unknownLines,
} from './facts.ts';

/** The scan as a document: every finding, all that is suppressed, all that is not known. */
export function writeMarkdown(result: ScanResult): string {
  return `${[...intro(result), ...findingTable(result.findings), ...remainder(result)].join('\n')}\n`;
}

/** GitHub cuts a step summary at 1 MiB; findings beyond this many are counted instead of listed. */
const SUMMARY_FINDINGS = 500;

/** For `$GITHUB_STEP_SUMMARY`: counts first, the findings folded away. */
export function writeGithubSummary(result: ScanResult): string {
  const counts = countSeverities(result.findings);
  const lines = [
    ...intro(result),
    `| ${FALLING_SEVERITIES.map((severity) => title(severity)).join(' | ')} |`,
    `|${FALLING_SEVERITIES.map(() => '---').join('|')}|`,
    `| ${FALLING_SEVERITIES.map((severity) => counts[severity]).join(' | ')} |`,
    '',
  ];
  if (result.findings.length > 0) {
    const shown = bySeverity(result.findings).slice(0, SUMMARY_FINDINGS);
    lines.push('<details><summary>Findings</summary>', '', ...findingTable(shown));
    if (shown.length < result.findings.length)
      lines.push(`… and ${result.findings.length - shown.length} more of the same or lower severity.`, '');
    lines.push('</details>', '');
  }
  return `${[...lines, ...remainder(result)].join('\n')}\n`;
}

function intro(result: ScanResult): string[] {
  return [
    `# Vulnerabilities of ${code(result.artifact.name)}`,
    '',
    `${escapeMarkdown(platformLine(result))}. **${escapeMarkdown(headline(result))}.**`,
    '',
    ...sourceLines(result).map((line) => `- Knowledge: ${escapeMarkdown(line)}`),
    '',
  ];
}

function findingTable(findings: readonly ScanFinding[]): string[] {
  if (findings.length === 0) return [];
  const threats = findings.some((finding) => threatText(finding) !== '');
  const head = ['Severity', 'Vulnerability', 'Package', 'Installed', 'Fixed', ...(threats ? ['Threat'] : []), 'Title'];
  const rows = bySeverity(findings).map((finding) => {
    const { vulnerability, package: found, url, fixedVersion } = finding;
    const link =
      url !== undefined && /^https?:\/\/[^\s()<>|]+$/.test(url)
        ? `[${escapeMarkdown(vulnerability)}](${url})`
        : escapeMarkdown(vulnerability);
    return [
      title(severityOf(finding)),
      link,
      code(found.name),
      code(found.version),
      fixedVersion === undefined ? `_${fixOf(finding)}_` : code(fixedVersion),
      ...(threats ? [escapeMarkdown(threatText(finding))] : []),
      escapeMarkdown(finding.title ?? ''),
    ];
  });
  return [row(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(row), ''];
}

function remainder(result: ScanResult): string[] {
  const lines: string[] = [];
  const unknown = unknownLines(result);
  if (unknown.length > 0) lines.push('## Not known', '', ...unknown.map((line) => `- ${escapeMarkdown(line)}`), '');
  if (result.suppressed.length > 0) {
    lines.push('## Suppressed', '');
    for (const entry of result.suppressed) {
      const { vulnerability, package: found } = entry.finding;
      lines.push(
        `- ${escapeMarkdown(vulnerability)} in ${code(found.name)}: ${escapeMarkdown(suppressionText(entry))}`,
      );
    }
    lines.push('');
  }
  return lines;
}

function bySeverity(findings: readonly ScanFinding[]): readonly ScanFinding[] {
  return [...findings].sort((a, b) => compareSeverity(severityOf(b), severityOf(a)));
}

function title(word: string): string {
  return word.charAt(0) + word.slice(1).toLowerCase();
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function escapeMarkdown(text: string): string {
  return plain(text).replace(/[\\`*_[\]<>|#&~]/g, (char) =>
    char === '<' ? '&lt;' : char === '>' ? '&gt;' : char === '&' ? '&amp;' : `\\${char}`,
  );
}

function code(text: string): string {
  return `\`${plain(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}
