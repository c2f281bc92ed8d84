import pc from 'picocolors';
import { compareSeverity } from '../../../core/severity.ts';
import type { GoneFinding, PackageChange, ScanDiff } from '../../scan/diff.ts';
import { type ScanFinding, type ScanResult, severityOf } from '../../scan/result.ts';
import { verdictOf } from '../../scan/verdict.ts';
import { count, fixOf, plain, sourceLines, unknownLines } from './facts.ts';

export const DIFF_FORMATS = ['table', 'json', 'markdown'] as const;
export type DiffFormat = (typeof DIFF_FORMATS)[number];

export function writeDiff(format: DiffFormat, diff: ScanDiff, color: boolean): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(diffDocument(diff), null, 2)}\n`;
    case 'markdown':
      return markdown(diff);
    case 'table':
      return text(diff, color);
  }
}

function diffDocument({ before, after, packages, gone, added, remaining }: ScanDiff) {
  return {
    kind: 'ScanDiff',
    before: side(before),
    after: side(after),
    ...(packages === undefined ? {} : { packages }),
    findings: {
      added: added.map(shortFinding),
      gone: gone.map(({ finding, why }) => ({ why, ...shortFinding(finding) })),
      remaining: remaining.map(shortFinding),
    },
  };
}

function side(result: ScanResult) {
  const { artifact, findings, suppressed, unknowns, sources, endOfLife, os } = result;
  return {
    name: artifact.name,
    ...(artifact.digest === undefined ? {} : { digest: artifact.digest }),
    ...(os === undefined ? {} : { os: `${os.family} ${os.name}`.trim() }),
    verdict: verdictOf(result),
    endOfLife,
    findings: findings.length,
    suppressed: suppressed.length,
    unknowns,
    sources,
  };
}

function shortFinding({ vulnerability, package: found, status, fixedVersion, source, ...finding }: ScanFinding) {
  return {
    vulnerability,
    package: found,
    severity: severityOf(finding),
    status,
    ...(fixedVersion === undefined ? {} : { fixedVersion }),
    source,
  };
}

const WHY: Readonly<Record<GoneFinding['why'], string>> = {
  fixed: 'fixed',
  removed: 'package removed',
  suppressed: 'suppressed',
  unknown: 'not known any more',
};

function headline({ packages, gone, added, remaining }: ScanDiff): string {
  const fixed = gone.filter(({ why }) => why === 'fixed' || why === 'removed').length;
  const parts = [`${fixed} fixed`, `${added.length} new`, `${remaining.length} remaining`];
  const others = gone.length - fixed;
  if (others > 0) parts.push(`${others} suppressed or not known any more`);
  return `${parts.join(', ')}; ${packages === undefined ? 'packages not compared' : `${count(packages.length, 'package')} changed`}`;
}

function text(diff: ScanDiff, color: boolean): string {
  const paint = pc.createColors(color);
  const { before, after, packages = [], gone, added, remaining } = diff;
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [paint.bold(title), ...lines.map((line) => `  ${plain(line)}`), ''];
  const lines = [
    `${paint.bold(plain(before.artifact.name))} → ${paint.bold(plain(after.artifact.name))}`,
    ...[...new Set([...sourceLines(before), ...sourceLines(after)])].map((line) =>
      paint.dim(`knowledge: ${plain(line)}`),
    ),
    '',
    ...section('packages', packages.map(packageLine)),
    ...section('new', bySeverity(added).map(findingLine)),
    ...section(
      'gone',
      gone.map(({ finding, why }) => `${findingLine(finding)}  (${WHY[why]})`),
    ),
    ...section('remaining', bySeverity(remaining).map(findingLine)),
    ...section('not known', unknownOf(diff)),
    paint.bold(headline(diff)),
  ];
  return `${lines.join('\n')}\n`;
}

function packageLine({ name, architecture, from, to }: PackageChange): string {
  return `${name}${architecture === '' ? '' : `:${architecture}`}  ${from ?? '(none)'} → ${to ?? '(none)'}`;
}

function findingLine(finding: ScanFinding): string {
  const { vulnerability, package: found } = finding;
  return `${severityOf(finding).padEnd(8)}  ${vulnerability}  ${found.name} ${found.version}  ${fixOf(finding)}`;
}

function unknownOf({ before, after }: ScanDiff): string[] {
  return [before, after].flatMap((result) => unknownLines(result).map((line) => `${result.artifact.name}: ${line}`));
}

function bySeverity(findings: readonly ScanFinding[]): readonly ScanFinding[] {
  return [...findings].sort((a, b) => compareSeverity(severityOf(b), severityOf(a)));
}

function markdown(diff: ScanDiff): string {
  const { before, after, packages = [], gone, added, remaining } = diff;
  const code = (value: string) => `\`${plain(value).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
  const table = (title: string, head: readonly string[], rows: readonly (readonly string[])[]) =>
    rows.length === 0
      ? []
      : [
          `## ${title}`,
          '',
          `| ${head.join(' | ')} |`,
          `|${head.map(() => '---').join('|')}|`,
          ...rows.map((row) => `| ${row.join(' | ')} |`),
          '',
        ];
  const cells = (finding: ScanFinding) => [
    severityOf(finding),
    code(finding.vulnerability),
    code(finding.package.name),
    code(finding.package.version),
    finding.fixedVersion === undefined ? fixOf(finding) : code(finding.fixedVersion),
  ];
  const head = ['Severity', 'Vulnerability', 'Package', 'Installed', 'Fixed'];
  const unknown = unknownOf(diff);
  const lines = [
    `# ${code(before.artifact.name)} → ${code(after.artifact.name)}`,
    '',
    `**${headline(diff)}.**`,
    '',
    ...table('New', head, bySeverity(added).map(cells)),
    ...table(
      'Gone',
      [...head, 'Why'],
      gone.map(({ finding, why }) => [...cells(finding), WHY[why]]),
    ),
    ...table('Remaining', head, bySeverity(remaining).map(cells)),
    ...table(
      'Packages',
      ['Package', 'Before', 'After'],
      packages.map(({ name, from, to }) => [code(name), code(from ?? '—'), code(to ?? '—')]),
    ),
    ...(unknown.length === 0 ? [] : ['## Not known', '', ...unknown.map((line) => `- ${code(line)}`), '']),
  ];
  return `${lines.join('\n')}\n`;
}
