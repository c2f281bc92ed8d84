import pc from 'picocolors';
import type { Lineage } from '../../patch/lineage.ts';
import type { PatchOutcome } from '../../patch/patch-image.ts';
import type { IndexOutcome } from '../../patch/patch-index.ts';
import type { PlanDocument } from '../../patch/plan-document.ts';
import type { Published } from '../../patch/publish.ts';
import { formatBytes, plural } from '../terminal/format.ts';
import { table } from './table.ts';

export interface View {
  readonly columns: number;
  readonly color: boolean;
  readonly verbose: boolean;
}

/** A plan for a person: what changes and why, what cannot change and why. */
export function renderPlan(plan: PlanDocument, notes: readonly string[], lineage: Lineage, view: View): string {
  const paint = pc.createColors(view.color);
  const lines = [
    `${paint.bold(plan.base.reference)}  ${plan.os.prettyName}, ${plan.base.platform.os}/${plan.base.platform.architecture}`,
  ];
  lines.push(paint.dim(`base ${plan.base.digest}`));
  if (lineage.kind === 'repatch')
    lines.push(paint.dim('the image is an earlier patch: planned from its original base'));
  if (lineage.kind === 'foreign-patch')
    lines.push(paint.dim('the image is a patch of another tool: planned from its original base'));
  if (lineage.kind === 'derived')
    lines.push(paint.dim(`the image is built from a patched one (of ${lineage.patchedAncestor}): it is its own base`));
  lines.push(
    '',
    ...stepLines(plan, view),
    ...pendingLines(plan, view),
    ...unusableLines(plan, view),
    ...noteLines(notes, view),
  );
  return `${lines.join('\n')}\n`;
}

/** What a patch did. */
export function renderOutcome(outcome: PatchOutcome, view: View): string {
  const { plan, notes } = outcome;
  const lines = [
    ...stepLines(plan, view),
    ...pendingLines(plan, view),
    ...unusableLines(plan, view),
    ...noteLines(notes, view),
  ];
  if (outcome.kind === 'nothing-to-do')
    return `${[...lines, `image    ${outcome.digest} stays as it is`].join('\n')}\n`;
  const { layer, published, digest } = outcome;
  lines.push(
    `layer    ${formatBytes(layer.size)} (${formatBytes(layer.contentSize)} unpacked), engine ${plan.engine.name}`,
  );
  lines.push(...publishedLines('image', digest, published, view));
  return `${lines.join('\n')}\n`;
}

/** What a patch of a multi-platform image did, a part for each platform. */
export function renderIndexOutcome(outcome: IndexOutcome, view: View): string {
  const paint = pc.createColors(view.color);
  const lines = outcome.platforms.flatMap((entry) => {
    const title = paint.bold(entry.platform);
    if (!('made' in entry)) return [`${title}  left as it is: ${entry.kept}`, ''];
    const { plan, notes } = entry.made;
    const body = [
      ...stepLines(plan, view),
      ...pendingLines(plan, view),
      ...unusableLines(plan, view),
      ...noteLines(notes, view),
    ];
    return [title, ...body, ''];
  });
  if (outcome.kind === 'nothing-to-do-index') lines.push(`index    ${outcome.digest} stays as it is`);
  else lines.push(...publishedLines('index', outcome.digest, outcome.published, view));
  return `${lines.join('\n')}\n`;
}

function publishedLines(what: string, digest: string, published: Published | undefined, view: View): string[] {
  const paint = pc.createColors(view.color);
  const label = paint.bold(what.padEnd(8));
  if (published === undefined) return [`${label} ${digest}, not published (dry run)`];
  const present = published.outcome === 'present' ? ' (was already there)' : '';
  return [`${label} ${paint.green(published.reference)}${present}`, `digest   ${published.digest}`];
}

function stepLines(plan: PlanDocument, view: View): string[] {
  if (plan.steps.length === 0) return ['Nothing to upgrade.', ''];
  const paint = pc.createColors(view.color);
  const rows = plan.steps.map((planned) => [
    planned.name,
    planned.action === 'upgrade' ? planned.from : 'new',
    planned.to,
    shorten(planned.cves, view),
  ]);
  const cves = new Set(plan.steps.flatMap((planned) => planned.cves));
  const dates = plan.repositories
    .filter(({ isSecurity }) => isSecurity)
    .map(({ codename, date }) => `${codename} of ${date.slice(0, 10)}`);
  const named = plan.family === 'deb' ? 'named in their changelogs' : 'known to be fixed';
  const source = dates.length > 0 ? `, ${[...new Set(dates)].join(', ')}` : '';
  return [
    ...table(['package', 'from', 'to', 'fixes'], rows, view.columns, paint.dim),
    '',
    `${paint.bold(plural(plan.steps.length, 'package'))}, ${plural(cves.size, 'vulnerability', 'vulnerabilities')} ${named}${source}`,
  ];
}

function shorten(cves: readonly string[], view: View): string {
  if (view.verbose || cves.length <= 2) return cves.join(' ');
  return `${cves.slice(0, 2).join(' ')} +${cves.length - 2}`;
}

function pendingLines(plan: PlanDocument, view: View): string[] {
  if (plan.pending.length === 0) return [];
  const paint = pc.createColors(view.color);
  const lines = ['', paint.yellow(`${plural(plan.pending.length, 'package')} pending`)];
  for (const entry of plan.pending) {
    lines.push(
      `  ${entry.name} ${entry.from}${entry.to === undefined ? '' : ` → ${entry.to}`}: ${entry.reason}`,
      `    ${paint.dim(entry.detail)}`,
    );
  }
  return lines;
}

function unusableLines(plan: PlanDocument, view: View): string[] {
  const paint = pc.createColors(view.color);
  return plan.unusable.map(({ id, reason }) => `${paint.yellow('not used')} ${id}: ${reason}`);
}

function noteLines(notes: readonly string[], view: View): string[] {
  const paint = pc.createColors(view.color);
  const shown = view.verbose ? notes : notes.slice(0, 10);
  const lines = shown.map((note) => paint.dim(`note     ${note}`));
  if (notes.length > shown.length)
    lines.push(paint.dim(`note     … and ${notes.length - shown.length} more with --verbose`));
  return lines;
}
