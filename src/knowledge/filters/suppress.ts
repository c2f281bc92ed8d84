import type { ScanArtifact, ScanFinding, SuppressedFinding, Suppression } from '../scan/result.ts';

/** What a rule may look at besides the finding. */
export interface SuppressionContext {
  readonly artifact: Pick<ScanArtifact, 'name' | 'digest' | 'repoDigests'>;
  /** Milliseconds since the epoch, for expiry. */
  readonly now: number;
  /** Path of a package's own record, where it has one (distroless), by package ID; Trivy's `paths` are compared with it. */
  pathOf(finding: ScanFinding): string;
}

/** One file of suppressions. */
export interface Suppressor {
  /** Why the finding does not count, or undefined when it does. */
  suppression(finding: ScanFinding, context: SuppressionContext): Suppression | undefined;
  /** For the person: entries that are past their date, so that their findings count again. */
  expired(now: number): readonly string[];
}

/** Sorts out what a file suppresses; the first file that says so is named. */
export function suppress(
  findings: readonly ScanFinding[],
  suppressors: readonly Suppressor[],
  context: SuppressionContext,
): { readonly findings: readonly ScanFinding[]; readonly suppressed: readonly SuppressedFinding[] } {
  const kept: ScanFinding[] = [];
  const suppressed: SuppressedFinding[] = [];
  for (const finding of findings) {
    let suppression: Suppression | undefined;
    for (const suppressor of suppressors) {
      suppression = suppressor.suppression(finding, context);
      if (suppression !== undefined) break;
    }
    if (suppression === undefined) kept.push(finding);
    else suppressed.push({ finding, suppression });
  }
  return { findings: kept, suppressed };
}
