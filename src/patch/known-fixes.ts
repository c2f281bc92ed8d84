import { isSutureError } from '../core/errors/error.ts';
import { matchInventory } from '../knowledge/scan/match-inventory.ts';
import { openScanDatabase } from '../knowledge/scan/open-database.ts';
import type { PackageFamily, PlanStep } from '../packages/family.ts';
import type { Fixes } from './fixes.ts';
import type { OpenedImage } from './open-image.ts';
import { scanSubject } from './scan-image.ts';
import type { Workspace } from './workspace.ts';

export interface KnownFixes {
  readonly fixes: Fixes;
  readonly notes: readonly string[];
}

/**
 * What the upgrades of a plan fix by the vulnerability database at hand: for families whose packages carry no changelog.
 * Only for the reader of the plan, who does without where there is no database, or one that cannot be read.
 */
export async function knownFixes(
  workspace: Workspace,
  opened: OpenedImage,
  steps: readonly PlanStep[],
  { compareVersions }: Pick<PackageFamily, 'compareVersions'>,
  name: string | undefined,
): Promise<KnownFixes> {
  if (steps.length === 0) return { fixes: new Map(), notes: [] };
  try {
    const { artifact, image } = await scanSubject(workspace, { ...opened, given: opened.lineage.base });
    const { cacheDirectory, clock } = workspace;
    const database = await openScanDatabase({ cacheDirectory, clock, ...(name === undefined ? {} : { name }) });
    try {
      const { findings } = matchInventory(database, image ?? { packages: [], problems: [] }, artifact, clock.now());
      const fixes = new Map(
        steps.map((step): [string, readonly string[]] => {
          const fixed = findings.filter(
            (finding) =>
              finding.package.name === step.name &&
              finding.fixedVersion !== undefined &&
              compareVersions(finding.fixedVersion, step.to) <= 0,
          );
          return [`${step.name}:${step.architecture}`, fixed.map(({ vulnerability }) => vulnerability)];
        }),
      );
      const { updatedAt } = database.identity;
      return { fixes, notes: [`what the upgrades fix is named by the vulnerability database of ${updatedAt}`] };
    } finally {
      database.close();
    }
  } catch (error) {
    if (!isSutureError(error, 'DATABASE_MISSING', 'DATABASE_INVALID', 'DATABASE_UNSUPPORTED', 'SCAN_FAILED'))
      throw error;
    return { fixes: new Map(), notes: [`what the upgrades fix is not known: ${error.message}`] };
  }
}
