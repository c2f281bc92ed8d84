import { stat } from 'node:fs/promises';
import { isSutureError, SutureError } from '../core/errors/error.ts';
import { systemClock } from '../core/ports.ts';
import { assembleScan } from '../knowledge/scan/assemble.ts';
import { evaluateReport } from '../knowledge/scan/evaluate-report.ts';
import { type Evaluation, matchInventory } from '../knowledge/scan/match-inventory.ts';
import { openScanDatabase } from '../knowledge/scan/open-database.ts';
import type { ScanResult } from '../knowledge/scan/result.ts';
import type { ScanSubject } from '../knowledge/scan/subject.ts';
import { unknownsOfInventory } from '../knowledge/scan/unknown.ts';
import type { ScannedImage } from '../packages/inventory/types.ts';
import { openImage } from '../patch/open-image.ts';
import { scanSubject } from '../patch/scan-image.ts';
import type { Workspace } from '../patch/workspace.ts';
import { cacheDirectory } from './cache-directory.ts';
import { annotateCi } from './ci.ts';
import type { Invocation } from './definition.ts';
import { words } from './parse.ts';
import { requireFreshKnowledge } from './scan-freshness.ts';
import { exploitationLists, readInput, resultTime, selectionOf, suppressorsOf } from './scan-inputs.ts';
import { emitResult, scanExitCode } from './scan-output.ts';
import { VERSION } from './version.ts';
// What follows is not imported when it is needed, but at once: files that are read side by side are there sooner.
import { withWorkspace } from './workspace.ts';

/** A scan makes little that lives long, and takes less memory where the heap grows in small steps. */
const COLLECTOR: readonly string[] = [];

/** `suture scan`: findings of an image, an SBOM or a report. */
export async function runScan(invocation: Invocation): Promise<number> {
  const result = await scanTarget(invocation, invocation.args[0] ?? '');
  await emitResult(invocation, result);
  await annotateCi(invocation, result);
  return scanExitCode(invocation.options, result);
}

/** One scan, with the options of `suture scan`. */
export async function scanTarget(invocation: Invocation, target: string): Promise<ScanResult> {
  const { options, environment } = invocation;
  const selection = selectionOf(options);
  const suppressors = await suppressorsOf(options);
  const { subject, evaluations } = await evaluateTarget(invocation, target);
  const now = resultTime(environment, systemClock.now());
  for (const line of suppressors.flatMap((suppressor) => suppressor.expired(now)))
    invocation.terminal.stderr.write(`note     ${line}\n`);
  return assembleScan(subject, evaluations, {
    now,
    tool: { name: 'suture', version: VERSION },
    selection,
    suppressors,
    ...(await exploitationLists(
      options,
      evaluations.flatMap(({ findings }) => findings),
    )),
  });
}

interface Evaluated {
  readonly subject: ScanSubject;
  readonly evaluations: readonly Evaluation[];
}

async function evaluateTarget(invocation: Invocation, target: string): Promise<Evaluated> {
  if (invocation.options['scanner'] === 'trivy') {
    const { evaluateWithTrivy } = await import('./scan-trivy.ts');
    return evaluateWithTrivy(invocation, target);
  }
  const subject = await subjectOf(invocation, target);
  return { subject, evaluations: await evaluate(invocation, subject) };
}

async function subjectOf(invocation: Invocation, target: string): Promise<ScanSubject> {
  const info = await stat(target).catch(() => undefined);
  if (info?.isFile()) {
    const { subjectOfFile } = await import('../knowledge/scan/subject.ts');
    return subjectOfFile(await readInput(target, 'file'), target);
  }
  const platform = invocation.options['platform'];
  const scanImage = async (workspace: Workspace) => {
    const opened = await (typeof platform === 'string'
      ? openImage(workspace, target, platform)
      : openImageOfMachine(invocation, workspace, target));
    try {
      return await scanSubject(workspace, opened);
    } finally {
      await opened.location.close();
    }
  };
  return withWorkspace(invocation, scanImage, COLLECTOR);
}

const LINUX_AMD64 = 'linux/amd64';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', arm64: 'arm64', arm: 'arm' };

/** Of an index without --platform the image for this machine, or else the one for linux/amd64, and says so. */
async function openImageOfMachine(
  { terminal }: Invocation,
  workspace: Workspace,
  target: string,
): Promise<Awaited<ReturnType<typeof openImage>>> {
  try {
    return await openImage(workspace, target, undefined);
  } catch (error) {
    if (!isSutureError(error, 'PLATFORM_NEEDED')) throw error;
    const own = `linux/${ARCHITECTURES[process.arch] ?? process.arch}`;
    for (const platform of new Set([own, LINUX_AMD64])) {
      const opened = await openImage(workspace, target, platform).catch(() => undefined);
      if (opened === undefined) continue;
      terminal.stderr.write(`note     ${target} is an index; this is its image for ${platform} (--platform chooses)\n`);
      return opened;
    }
    throw error;
  }
}

/** A report without packages, or with --report-findings, speaks for itself; everything else is compared with knowledge. */
async function evaluate(invocation: Invocation, subject: ScanSubject): Promise<readonly Evaluation[]> {
  const { options } = invocation;
  const { report, image } = subject;
  if (report !== undefined && (image === undefined || options['reportFindings'] === true))
    return [evaluateReport(report)];
  if (image === undefined) throw new SutureError('REPORT_INCOMPLETE', `${subject.artifact.name} holds no OS packages`);
  const files = words(options['advisories']);
  const evaluations: Evaluation[] = [];
  const database = await openScanDatabase({
    cacheDirectory: cacheDirectory(options['cacheDir'], invocation.environment),
    clock: systemClock,
    ...(typeof options['db'] === 'string' ? { name: options['db'] } : {}),
  }).catch((error: unknown) => {
    // Advisory files stand in where there is no database at all, and are named as the source.
    if (files.length > 0 && error instanceof SutureError && error.code === 'DATABASE_MISSING') return undefined;
    throw error;
  });
  if (database !== undefined) {
    try {
      await requireFreshKnowledge(options, database.identity);
      evaluations.push(matchInventory(database, image, subject.artifact, systemClock.now()));
    } finally {
      database.close();
    }
  }
  if (files.length > 0) {
    const [{ readAdvisories }, { matchAdvisories }] = await Promise.all([
      import('../knowledge/advisories/read.ts'),
      import('../knowledge/advisories/advisory-set.ts'),
    ]);
    for (const path of files) evaluations.push(matchAdvisories(await readAdvisories(path), image));
    if (database === undefined) evaluations.push(inventoryProblems(image));
  }
  return evaluations;
}

/** Without a database nobody else says what the inventory could not find out. */
function inventoryProblems(image: ScannedImage): Evaluation {
  return { findings: [], unknowns: unknownsOfInventory(image), sources: [], endOfLife: false };
}
