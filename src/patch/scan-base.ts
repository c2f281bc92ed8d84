import { SutureError } from '../core/errors/error.ts';
import { step } from '../core/progress.ts';
import type { RequestSource } from '../knowledge/reports/request.ts';
import { matchInventory } from '../knowledge/scan/match-inventory.ts';
import { openScanDatabase } from '../knowledge/scan/open-database.ts';
import { requireFresh } from '../knowledge/trivy-db/store/freshness.ts';
import type { OpenedImage } from './open-image.ts';
import { scanSubject } from './scan-image.ts';
import type { Workspace } from './workspace.ts';

export interface BaseScan {
  readonly report: RequestSource;
  readonly notes: readonly string[];
}

/**
 * What the vulnerability database finds in the image that a patch starts from. Of an earlier patch that is its base: judged by
 * the patched image, its fixes would be dropped.
 * @throws SutureError DATABASE_MISSING, DATABASE_STALE, DATABASE_INVALID; REPORT_INCOMPLETE when nothing is known of the image
 */
export async function scanBase(
  workspace: Workspace,
  opened: OpenedImage,
  options: { readonly database?: string; readonly maxDatabaseAge?: number },
): Promise<BaseScan> {
  const { cacheDirectory, clock, progress } = workspace;
  const { artifact, image } = await scanSubject(workspace, { ...opened, given: opened.lineage.base });
  const database = await openScanDatabase({
    cacheDirectory,
    clock,
    ...(options.database === undefined ? {} : { name: options.database }),
  });
  try {
    const { digest, updatedAt } = database.identity;
    if (options.maxDatabaseAge !== undefined) requireFresh(database.identity, options.maxDatabaseAge, clock);
    const evaluation = await step(
      progress,
      'match',
      'looking up advisories',
      async () => matchInventory(database, image ?? NOTHING, artifact, clock.now()),
      ({ findings }) => `${findings.length} findings`,
    );
    const unknown = evaluation.unknowns.filter(({ scope }) => scope === 'image');
    if (unknown.length > 0) {
      const why = unknown.map(({ detail }) => detail).join('; ');
      throw new SutureError('REPORT_INCOMPLETE', `nothing is known about ${opened.name}: ${why}`, {
        fix: 'Plan without --severity and --ignore, by what the repositories offer (not for rpm images), or give a --report.',
      });
    }
    const report = {
      name: `the database of ${updatedAt}`,
      artifact: { repoDigests: [], diffIds: [] },
      ...(image?.os === undefined ? {} : { os: image.os }),
      platform: artifact.platform,
      coversOsPackages: true,
      findings: evaluation.findings,
      otherFindings: 0,
    };
    const notes = [`findings are those of the database ${digest} of ${updatedAt}`];
    if (evaluation.endOfLife)
      notes.push(`${image?.os?.family ?? 'the system'} ${image?.os?.name ?? ''} gets no more advisories`);
    return { report, notes: [...notes, ...evaluation.unknowns.map(({ detail }) => `not known: ${detail}`)] };
  } finally {
    database.close();
  }
}

const NOTHING = { packages: [], problems: [] } as const;
