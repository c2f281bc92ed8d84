import { SutureError } from '../core/errors/error.ts';
import type { PatchOutcome } from '../patch/patch-image.ts';
import { type IndexOutcome, patchTarget } from '../patch/patch-index.ts';
import type { PlanDocument } from '../patch/plan-document.ts';
import { planDigest } from '../patch/plan-document.ts';
import type { PlanRequest } from '../patch/plan-image.ts';
import { planToRead } from '../patch/plan-without-engine.ts';
import type { Invocation } from './definition.ts';
import { duration, severities, words } from './parse.ts';
import { renderIndexOutcome, renderOutcome, renderPlan } from './render/plan.ts';
import { useColor } from './terminal/color.ts';
import { withWorkspace } from './workspace.ts';

const NOTHING_TO_DO = 10;
const PARTLY_DONE = 3;

/** `suture plan`: the plan as a table or document. */
export async function runPlan(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  return withWorkspace(invocation, async (workspace) => {
    const planned = await planToRead(workspace, planRequest(invocation));
    if (typeof options['save'] === 'string') await savePlan(options['save'], planned.plan);
    const document = {
      kind: 'PlanResult',
      planDigest: planDigest(planned.plan),
      plan: planned.plan,
      notes: planned.notes,
      lineage: planned.opened.lineage.kind,
    };
    write(invocation, document, () =>
      renderPlan(planned.plan, planned.notes, planned.opened.lineage, view(invocation)),
    );

    return exitCode(planned.plan, options['detailedExitcode'] === true);
  });
}

/** `suture patch`: the outcome as text or document. */
export async function runPatch(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  return withWorkspace(invocation, async (workspace) => {
    const outcome = await patchTarget(workspace, {
      ...planRequest(invocation),
      dryRun: options['dryRun'] === true,
      ...(typeof options['tag'] === 'string' ? { tag: options['tag'] } : {}),
      ...(typeof options['outputImage'] === 'string' ? { outputImage: options['outputImage'] } : {}),
    });
    const detailed = options['detailedExitcode'] === true;
    if ('platforms' in outcome) {
      write(invocation, indexDocument(outcome), () => renderIndexOutcome(outcome, view(invocation)));
      return indexExitCode(outcome, detailed);
    }
    write(invocation, patchDocument(outcome), () => renderOutcome(outcome, view(invocation)));
    return exitCode(outcome.plan, detailed && outcome.kind === 'nothing-to-do');
  });
}

function patchDocument({ image: _, ...outcome }: PatchOutcome) {
  return { ...outcome, kind: 'PatchResult', outcome: outcome.kind, planDigest: planDigest(outcome.plan) };
}

function indexDocument({ kind, digest, published, platforms }: IndexOutcome) {
  return {
    kind: 'PatchIndexResult',
    outcome: kind,
    digest,
    published,
    platforms: platforms.map((entry) => {
      if (!('made' in entry))
        return { platform: entry.platform, outcome: 'kept', unknown: entry.unknown, reason: entry.kept };
      const { image, name: _, kind: outcome, ...made } = entry.made;
      return {
        platform: entry.platform,
        outcome,
        digest: image.descriptor.digest,
        planDigest: planDigest(made.plan),
        ...made,
      };
    }),
  };
}

function planRequest({ args, options }: Invocation): PlanRequest {
  checkAlone(options);
  const levels = severities(options['severity']);
  return {
    image: args[0] ?? '',
    scope: options['scope'] === 'all' ? 'all' : 'security',
    onlyPackages: words(options['onlyPackages']),
    ...(typeof options['platform'] === 'string' ? { platform: options['platform'] } : {}),
    ...(typeof options['base'] === 'string' ? { base: options['base'] } : {}),
    ...(typeof options['report'] === 'string' ? { report: options['report'] } : {}),
    ...(levels === undefined ? {} : { severities: levels }),
    ignore: words(options['ignore']),
    ...(typeof options['db'] === 'string' ? { database: options['db'] } : {}),
    ...(options['maxDbAge'] === undefined || options['maxDbAge'] === 'any'
      ? {}
      : { maxDatabaseAge: duration('max-db-age', options['maxDbAge']) }),
    ...(typeof options['plan'] === 'string' ? { plan: options['plan'] } : {}),
  };
}

/** A saved plan says what to do; options that say something else would be ignored. @throws SutureError USAGE */
function checkAlone(options: Invocation['options']): void {
  if (options['plan'] === undefined) return;
  const other = ['report', 'severity', 'ignore', 'onlyPackages'].find((key) => options[key] !== undefined);
  if (other === undefined) return;
  const name = `--${other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new SutureError('USAGE', `${name} does not go with --plan`, {
    fix: 'A saved plan is applied exactly; give these options to `suture plan`.',
  });
}

/**
 * Anything pending is "partly done", and so is a repository that could not be asked, also when nothing else was left to do:
 * silence would look like clean.
 */
function exitCode(plan: PlanDocument, detailed: boolean): number {
  if (plan.pending.length > 0 || plan.unusable.length > 0) return PARTLY_DONE;
  return detailed && plan.steps.length === 0 ? NOTHING_TO_DO : 0;
}

function indexExitCode({ kind, platforms }: IndexOutcome, detailed: boolean): number {
  const partly = platforms.some((entry) => ('made' in entry ? exitCode(entry.made.plan, false) !== 0 : entry.unknown));
  if (partly) return PARTLY_DONE;
  return detailed && kind === 'nothing-to-do-index' ? NOTHING_TO_DO : 0;
}

function view({ terminal, options, environment }: Invocation) {
  return {
    columns: terminal.stdout.columns,
    color: useColor(terminal.stdout, options, environment),
    verbose: options['verbose'] === true,
  };
}

function write({ terminal, options }: Invocation, document: unknown, text: () => string): void {
  terminal.stdout.write(options['output'] === 'json' ? `${JSON.stringify(document, null, 2)}\n` : text());
}

async function savePlan(path: string, plan: PlanDocument): Promise<void> {
  const { writeFileAtomically } = await import('../oci/atomic-file.ts');
  const { fromBytes } = await import('../core/streams.ts');
  const { formatPlan } = await import('../patch/plan-document.ts');
  await writeFileAtomically(path, fromBytes(Buffer.from(formatPlan(plan))));
}
