import { appendFile } from 'node:fs/promises';
import { compareSeverity } from '../core/severity.ts';
import { fixOf, headline, plain, unknownLines } from '../knowledge/reports/writers/facts.ts';
import { type ScanResult, severityOf } from '../knowledge/scan/result.ts';
import { countSeverities, verdictOf } from '../knowledge/scan/verdict.ts';
import type { Invocation } from './definition.ts';

/** GitHub shows ten annotations of each kind for a step. */
const ANNOTATIONS = 10;

/**
 * In a GitHub workflow: annotations, the step summary and outputs, besides what the options ask for. GitLab shows its own
 * report files (`--format gitlab`, `junit`), which a job uploads by name; there it is only told which.
 */
export async function annotateCi(invocation: Invocation, result: ScanResult): Promise<void> {
  const { environment, options, terminal } = invocation;
  if (environment['GITLAB_CI'] === 'true' && options['format'] === 'gitlab' && options['outputFile'] === undefined)
    terminal.stderr.write('note     upload the report with artifacts:reports:container_scanning (--output-file)\n');
  if (environment['GITHUB_ACTIONS'] !== 'true') return;
  for (const line of annotations(result)) terminal.stderr.write(`${line}\n`);
  const summary = environment['GITHUB_STEP_SUMMARY'];
  if (summary) {
    const { writeGithubSummary } = await import('../knowledge/reports/writers/markdown.ts');
    await append(invocation, summary, writeGithubSummary(result));
  }
  const output = environment['GITHUB_OUTPUT'];
  if (output) await append(invocation, output, outputs(result));
}

function annotations(result: ScanResult): string[] {
  const unknown = unknownLines(result).map((line) => `::warning title=${property('not known')}::${message(line)}`);
  const worst = [...result.findings]
    .filter((finding) => ['HIGH', 'CRITICAL'].includes(severityOf(finding)))
    .sort((a, b) => compareSeverity(severityOf(b), severityOf(a)))
    .slice(0, ANNOTATIONS)
    .map((finding) => {
      const { vulnerability, package: found, title } = finding;
      const text = `${found.name} ${found.version}, fix: ${fixOf(finding)}${title === undefined ? '' : `: ${title}`}`;
      return `::error title=${property(`${vulnerability} (${severityOf(finding)})`)}::${message(text)}`;
    });
  return [
    ...worst,
    ...unknown.slice(0, ANNOTATIONS),
    `::notice title=${property(result.artifact.name)}::${message(headline(result))}`,
  ];
}

/** Names that later steps of a workflow read. */
function outputs(result: ScanResult): string {
  const counts = countSeverities(result.findings);
  const rows = [
    ['verdict', verdictOf(result)],
    ['findings', result.findings.length],
    ['fixable', result.findings.filter(({ fixedVersion }) => fixedVersion !== undefined).length],
    ...Object.entries(counts).map(([severity, count]) => [severity.toLowerCase(), count]),
  ];
  return rows.map(([name, value]) => `${name}=${value}\n`).join('');
}

/** A report is there already: that a file of the runner cannot be written is told, and no failure of the scan. */
async function append({ terminal }: Invocation, path: string, text: string): Promise<void> {
  await appendFile(path, text).catch((error: Error) => {
    terminal.stderr.write(`note     cannot write ${path}: ${error.message}\n`);
  });
}

/** The escapes of workflow commands; without them a package title could give commands of its own. */
function message(text: string): string {
  return plain(text).replaceAll('%', '%25');
}

function property(text: string): string {
  return message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
