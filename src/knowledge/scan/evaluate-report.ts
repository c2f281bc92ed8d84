import type { ScannerReport } from '../findings.ts';
import type { Evaluation } from './match-inventory.ts';
import type { Unknown } from './unknown.ts';

/** A report's own findings, said by the report and as old as it is. */
export function evaluateReport(report: ScannerReport): Evaluation {
  const { name, digest, knowledgeAt, createdAt, scanner, coversOsPackages, otherFindings } = report;
  const updatedAt = knowledgeAt ?? createdAt;
  const source = scanner?.name === undefined ? name : `${scanner.name} report ${name}`;
  const unknowns: Unknown[] = [];
  if (!coversOsPackages)
    unknowns.push({
      kind: 'no-inventory',
      scope: 'image',
      subject: name,
      detail: `${name} holds no result for OS packages`,
    });
  else
    unknowns.push({
      kind: 'no-inventory',
      scope: 'package',
      subject: name,
      detail: `${name} was taken at its word: packages without findings in it were not compared with anything`,
    });
  if (otherFindings > 0)
    unknowns.push({
      kind: 'no-inventory',
      scope: 'package',
      subject: 'other packages',
      detail: `${otherFindings} findings of ${name} outside OS packages are not shown`,
    });
  return {
    findings: report.findings.map((finding) => ({ ...finding, source })),
    unknowns,
    sources: [{ name: source, kind: 'report', digest, ...(updatedAt === undefined ? {} : { updatedAt }) }],
    endOfLife: false,
  };
}
