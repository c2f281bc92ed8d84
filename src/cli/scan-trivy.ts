import { stat } from 'node:fs/promises';
import { SutureError } from '../core/errors/error.ts';
import { evaluateReport } from '../knowledge/scan/evaluate-report.ts';
import type { Evaluation } from '../knowledge/scan/match-inventory.ts';
import { type ScanSubject, subjectOfFile } from '../knowledge/scan/subject.ts';
import { unknownsOfInventory } from '../knowledge/scan/unknown.ts';
import { runTrivy, type TrivyTarget } from '../knowledge/trivy-program/run.ts';
import { parseImageName } from '../oci/image-name.ts';
import type { Invocation } from './definition.ts';
import { requireFreshKnowledge } from './scan-freshness.ts';

/** Lets a Trivy program scan, and judges what it says as strictly as our own scan. */
export async function evaluateWithTrivy(
  invocation: Invocation,
  name: string,
): Promise<{ subject: ScanSubject; evaluations: readonly Evaluation[] }> {
  const { options, environment, signal } = invocation;
  const server = options['trivyServer'];
  const platform = options['platform'];
  const run = await runTrivy(await targetOf(name), {
    program: typeof options['trivy'] === 'string' ? options['trivy'] : 'trivy',
    environment,
    signal,
    ...(typeof server === 'string' ? { server } : {}),
    ...(typeof platform === 'string' ? { platform } : {}),
  });
  const subject = subjectOfFile(run.report, `trivy ${run.version}`);
  const { report, image } = subject;
  if (report === undefined) throw new SutureError('SCAN_FAILED', `Trivy ${run.version} gave no report`);
  const updatedAt = run.databaseUpdatedAt ?? report.knowledgeAt;
  if (options['maxDbAge'] !== 'any') {
    if (updatedAt === undefined)
      throw new SutureError('DATABASE_STALE', 'Trivy does not say how old its database is', {
        fix: 'Use Trivy 0.70 or later, or allow an unknown age with --max-db-age any.',
      });
    await requireFreshKnowledge(options, { updatedAt });
  }
  const evaluation = evaluateReport({
    ...report,
    name,
    ...(updatedAt === undefined ? {} : { knowledgeAt: updatedAt }),
  });
  const problems = image === undefined ? [] : unknownsOfInventory(image);
  return {
    subject: { ...subject, artifact: { ...subject.artifact, name } },
    evaluations: [{ ...evaluation, unknowns: [...evaluation.unknowns, ...problems] }],
  };
}

async function targetOf(name: string): Promise<TrivyTarget> {
  const info = await stat(name).catch(() => undefined);
  if (info?.isFile()) return { kind: 'sbom', file: name };
  const parsed = parseImageName(name);
  switch (parsed.kind) {
    case 'registry':
      return { kind: 'image', name: name.replace(/^docker:\/\//, '') };
    case 'layout':
      return { kind: 'input', path: parsed.directory };
    case 'archive':
      return { kind: 'input', path: parsed.file };
  }
}
