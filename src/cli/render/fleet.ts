import type { RunEntry, RunReport } from '../../fleet/run/report.ts';
import { table } from './table.ts';

/** The table of a run, and below it everything that is not as it should be, with the reason. */
export function renderRun(report: RunReport, { columns }: { readonly columns: number }): string {
  const rows = report.images.map((entry) => [
    entry.result.outcome + (entry.unchanged ? ' (unchanged)' : ''),
    entry.result.reference,
    String(entry.result.detail.changed),
    String(entry.result.detail.pending.length),
    entry.result.publishedReference ?? '-',
  ]);
  const lines = table(['outcome', 'image', 'packages', 'pending', 'may run'], rows, columns, (text) => text);
  const problems = [
    ...report.images.flatMap(problemsOf),
    ...report.undiscovered.map(({ subject, code, message }) => `${subject}: cannot be listed: ${message} [${code}]`),
  ];
  const counts = Object.entries(report.counts).filter(([, count]) => count > 0);
  const summary = counts.map(([name, count]) => `${count} ${name}`).join(', ') || 'no image';
  return [
    ...(rows.length === 0 ? [] : [...lines, '']),
    ...report.notes.map((note) => `note: ${note}`),
    ...problems,
    ...slaLines(report),
    ...layerLines(report),
    `${report.dryRun ? 'dry run, nothing was published: ' : ''}${summary}`,
    '',
  ].join('\n');
}

function problemsOf({ result }: RunEntry): string[] {
  const { error, pending, unusable } = result.detail;
  return [
    ...(error === undefined ? [] : [`${result.reference}: ${error.message} [${error.code}]`]),
    ...unusable.map((text) => `${result.reference}: not used: ${text}`),
    ...pending.map(({ name, reason, detail }) => `${result.reference}: ${name} stays as it is (${reason}): ${detail}`),
  ];
}

function layerLines({ layersMade, layersShared }: RunReport): string[] {
  return layersShared === 0 ? [] : [`patch layers: ${layersMade} made, ${layersShared} shared with another image`];
}

function slaLines({ sla }: RunReport): string[] {
  if (sla === undefined) return [];
  const states = Object.entries(sla.counts).map(([state, count]) => `${count} ${state}`);
  return [
    ...sla.late.map(
      ({ reference, vulnerability, package: name, dueAt, blockedBy }) =>
        `late: ${reference}: ${vulnerability} in ${name} was due ${dueAt}${blockedBy === undefined ? '' : ` (${blockedBy})`}`,
    ),
    ...sla.expiring.map(({ id, owner, expiresAt }) => `waiver ${id} of ${owner} ends ${expiresAt}`),
    ...(states.length === 0 ? [] : [`findings: ${states.join(', ')}`]),
  ];
}
