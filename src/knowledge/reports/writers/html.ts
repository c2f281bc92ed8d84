import { compareSeverity } from '../../../core/severity.ts';
import { type ScanFinding, type ScanResult, severityOf } from '../../scan/result.ts';
import { countSeverities, FALLING_SEVERITIES } from '../../scan/verdict.ts';
import {
  fixOf,
  headline,
  isFixable,
  platformLine,
  sourceLines,
  suppressionText,
  threatText,
  unknownLines,
} from './facts.ts';
import { escapeXml } from './xml.ts';

const STYLE = `
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{margin:2rem auto;max-width:76rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
td code{overflow-wrap:anywhere}
.counts span{display:inline-block;padding:.2rem .7rem;margin:0 .4rem .4rem 0;border-radius:.3rem;border:1px solid #8886}
.CRITICAL{color:#b00020;font-weight:700}.HIGH{color:#d1410c;font-weight:600}.MEDIUM{color:#9a6700}.LOW{color:#0969da}
.fix{color:#1a7f37}.pending{opacity:.75}.unknown{border-left:4px solid #9a6700;padding-left:1rem}
@media (prefers-color-scheme:dark){.CRITICAL{color:#ff6b81}.HIGH{color:#ff9b6a}.MEDIUM{color:#e3b341}.LOW{color:#79c0ff}.fix{color:#56d364}}`;

/** The scan as one file for a browser: no script, and nothing is loaded from elsewhere. */
export function writeHtml(result: ScanResult): string {
  const counts = countSeverities(result.findings);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vulnerabilities of ${escapeXml(result.artifact.name)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>Vulnerabilities of <code>${escapeXml(result.artifact.name)}</code></h1>
<p>${escapeXml(platformLine(result))}. <strong>${escapeXml(headline(result))}.</strong></p>
<p class="counts">${FALLING_SEVERITIES.map((severity) => `<span class="${severity}">${severity} ${counts[severity]}</span>`).join('')}</p>
<ul>${sourceLines(result)
    .map((line) => `<li>Knowledge: ${escapeXml(line)}</li>`)
    .join('')}</ul>
${unknownSection(result)}${findingSection(result)}${suppressedSection(result)}<footer><p>${escapeXml(`${result.tool.name} ${result.tool.version}, ${result.createdAt}`)}</p></footer>
</body>
</html>
`;
}

function unknownSection(result: ScanResult): string {
  const lines = unknownLines(result);
  if (lines.length === 0) return '';
  return `<section class="unknown"><h2>Not known</h2><ul>${lines.map((line) => `<li>${escapeXml(line)}</li>`).join('')}</ul></section>\n`;
}

function findingSection({ findings }: ScanResult): string {
  if (findings.length === 0) return '';
  const sorted = [...findings].sort((a, b) => compareSeverity(severityOf(b), severityOf(a)));
  const head = ['Severity', 'Vulnerability', 'Package', 'Installed', 'Fixed', 'Threat', 'Title'];
  return `<table>
<thead><tr>${head.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>
${sorted.map(row).join('\n')}
</tbody>
</table>
`;
}

function row(finding: ScanFinding): string {
  const { vulnerability, url, package: found, title, details } = finding;
  const severity = severityOf(finding);
  const id = escapeXml(vulnerability);
  const link =
    url !== undefined && /^https?:\/\//.test(url) ? `<a href="${escapeXml(url)}" rel="noreferrer">${id}</a>` : id;
  const text = escapeXml(title ?? '');
  const about =
    details?.description === undefined
      ? text
      : `<details><summary>${text || id}</summary><p>${escapeXml(details.description)}</p></details>`;
  const cells = [
    `<td class="${severity}">${severity}</td>`,
    `<td>${link}</td>`,
    `<td><code>${escapeXml(found.name)}</code></td>`,
    `<td><code>${escapeXml(found.version)}</code></td>`,
    `<td class="${isFixable(finding) ? 'fix' : 'pending'}">${escapeXml(fixOf(finding))}</td>`,
    `<td>${escapeXml(threatText(finding))}</td>`,
    `<td>${about}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>`;
}

function suppressedSection({ suppressed }: ScanResult): string {
  if (suppressed.length === 0) return '';
  const items = suppressed.map((entry) => {
    const { vulnerability, package: found } = entry.finding;
    return `<li>${escapeXml(`${vulnerability} in ${found.name} ${found.version}: ${suppressionText(entry)}`)}</li>`;
  });
  return `<section><h2>Suppressed</h2><ul>${items.join('')}</ul></section>\n`;
}
