import { type ScanFinding, type ScanResult, severityOf } from '../../scan/result.ts';
import { fixOf, sourceLines, suppressionText, unknownLines } from './facts.ts';
import { escapeXml } from './xml.ts';

/**
 * JUnit XML as CI systems show it: a finding is a failed test, a suppressed one a skipped test, and what is not known is an
 * error. A scan without any has one test that passed, so that "no tests" never looks like "clean".
 */
export function writeJunit(result: ScanResult): string {
  const unknown = unknownLines(result);
  const cases = [
    ...result.findings.map(failure),
    ...result.suppressed.map((entry) =>
      testCase(entry.finding, `<skipped message="${escapeXml(suppressionText(entry))}"/>`),
    ),
    ...unknown.map(
      (line) =>
        `    <testcase classname="not known" name="${escapeXml(line)}" time="0"><error type="unknown" message="${escapeXml(line)}"/></testcase>`,
    ),
  ];
  if (cases.length === 0)
    cases.push(`    <testcase classname="scan" name="no findings in ${result.packages.length} packages" time="0"/>`);
  // Of all the tests together no schema of JUnit's counts the skipped ones.
  const counts = `tests="${cases.length}" failures="${result.findings.length}" errors="${unknown.length}" time="0"`;
  const properties = sourceLines(result).map((line) => `      <property name="knowledge" value="${escapeXml(line)}"/>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${escapeXml(result.tool.name)}" ${counts}>
  <testsuite name="${escapeXml(result.artifact.name)}" timestamp="${result.createdAt.slice(0, 19)}" ${counts} skipped="${result.suppressed.length}">
    <properties>
${properties.join('\n')}
    </properties>
${cases.join('\n')}
  </testsuite>
</testsuites>
`;
}

function failure(finding: ScanFinding): string {
  const { title, url, details } = finding;
  const text = [title, details?.description, url].filter((part) => part !== undefined).join('\n');
  const message = `${severityOf(finding)}: ${finding.fixedVersion === undefined ? fixOf(finding) : `fixed in ${finding.fixedVersion}`}`;
  return testCase(
    finding,
    `<failure type="${severityOf(finding)}" message="${escapeXml(message)}">${escapeXml(text)}</failure>`,
  );
}

function testCase({ package: found, vulnerability }: ScanFinding, content: string): string {
  const name = escapeXml(`[${vulnerability}] ${found.name} ${found.version}`);
  return `    <testcase classname="${escapeXml(found.name)}-${escapeXml(found.version)}" name="${name}" time="0">${content}</testcase>`;
}
