import pc from 'picocolors';
import { compareSeverity, type Severity } from '../../../core/severity.ts';
import { type ScanFinding, type ScanResult, severityOf } from '../../scan/result.ts';
import {
  fixOf,
  headline,
  isFixable,
  plain,
  platformLine,
  sourceLines,
  suppressionText,
  threatText,
  unknownLines,
} from './facts.ts';

export interface TableView {
  readonly columns: number;
  readonly color: boolean;
}

type Paint = ReturnType<typeof pc.createColors>;

/** The scan for a person at a terminal: highest severity first; what is not known and what was suppressed below. */
export function writeTable(result: ScanResult, view: TableView): string {
  const paint = pc.createColors(view.color);
  const { artifact } = result;
  const lines = [
    `${paint.bold(plain(artifact.name))}  ${platformLine(result)}`,
    ...sourceLines(result).map((line) => paint.dim(`knowledge: ${plain(line)}`)),
    '',
    ...findingLines(result, view, paint),
    ...suppressedLines(result, paint),
    ...notKnownLines(result, paint),
    paint.bold(headline(result)),
  ];
  return `${lines.join('\n')}\n`;
}

const PAINTED: Readonly<Record<Severity, (paint: Paint, text: string) => string>> = {
  CRITICAL: (paint, text) => paint.bold(paint.red(text)),
  HIGH: (paint, text) => paint.red(text),
  MEDIUM: (paint, text) => paint.yellow(text),
  LOW: (paint, text) => paint.cyan(text),
  UNKNOWN: (paint, text) => paint.dim(text),
};

function findingLines(result: ScanResult, view: TableView, paint: Paint): string[] {
  if (result.findings.length === 0) return [];
  const sorted = [...result.findings].sort((a, b) => compareSeverity(severityOf(b), severityOf(a)));
  const threats = sorted.some((finding) => threatText(finding) !== '');
  const head = ['severity', 'vulnerability', 'package', 'installed', 'fixed', ...(threats ? ['threat'] : []), 'title'];
  const rows = sorted.map((finding) => cells(finding, threats).map(plain));
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => Math.min(row[column]?.length ?? 0, 60))),
  );
  const lines = rows.map((row, index) => {
    const finding = sorted[index];
    const text = padded(row, widths, view.columns);
    return finding === undefined ? text : colored(finding, text, widths, paint);
  });
  return [
    paint.dim(
      padded(
        head.map((title) => title.toUpperCase()),
        widths,
        view.columns,
      ),
    ),
    ...lines,
    '',
  ];
}

function cells(finding: ScanFinding, threats: boolean): string[] {
  const { package: found, vulnerability, title } = finding;
  return [
    severityOf(finding),
    vulnerability,
    found.name,
    found.version,
    fixOf(finding),
    ...(threats ? [threatText(finding)] : []),
    title ?? '',
  ];
}

function padded(row: readonly string[], widths: readonly number[], columns: number): string {
  const text = row
    .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
    .join('  ');
  return text.slice(0, Math.max(columns, 80)).trimEnd();
}

/** Colours go on after cutting, so that no code is cut in two. */
function colored(finding: ScanFinding, line: string, widths: readonly number[], paint: Paint): string {
  const severity = severityOf(finding);
  const first = widths[0] ?? 0;
  const rest = line.slice(first);
  const fixAt = widths.slice(0, 4).reduce((sum, width) => sum + width + 2, 0) - first;
  const fix = fixOf(finding);
  const painted =
    rest.slice(fixAt, fixAt + fix.length) === fix
      ? `${rest.slice(0, fixAt)}${isFixable(finding) ? paint.green(fix) : paint.dim(fix)}${rest.slice(fixAt + fix.length)}`
      : rest;
  return `${PAINTED[severity](paint, line.slice(0, first))}${painted}`;
}

function suppressedLines({ suppressed }: ScanResult, paint: Paint): string[] {
  if (suppressed.length === 0) return [];
  const lines = suppressed.map((entry) => {
    const { vulnerability, package: found } = entry.finding;
    return paint.dim(`  ${plain(`${vulnerability} ${found.name} ${found.version}  ${suppressionText(entry)}`)}`);
  });
  return ['suppressed', ...lines, ''];
}

function notKnownLines(result: ScanResult, paint: Paint): string[] {
  const lines = unknownLines(result);
  if (lines.length === 0) return [];
  return [paint.yellow('not known'), ...lines.map((line) => `  ${plain(line)}`), ''];
}
