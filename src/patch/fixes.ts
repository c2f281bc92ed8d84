import { changelogOf, cvesBetween } from '../knowledge/advisories/changelog.ts';
import type { DebShelf } from '../packages/deb/archive/shelf.ts';
import type { DebArchive } from '../packages/deb/types.ts';
import { compareDebVersions } from '../packages/deb/version/compare.ts';
import type { FetchedStep, InstalledPackage, PlanStep } from '../packages/family.ts';

/** Vulnerability ids by `name:architecture`. */
export type Fixes = ReadonlyMap<string, readonly string[]>;

/**
 * What each upgrade fixes, from the packages' own changelogs between the two source versions. Binaries of one source share
 * one changelog, so one that ships none (a symlink to a package that is not in the plan) takes that of its siblings.
 */
export async function fixesOf(
  shelf: DebShelf | undefined,
  installed: readonly InstalledPackage[],
  fetched: readonly FetchedStep[],
): Promise<Fixes> {
  if (shelf === undefined) return new Map();
  const archives = new Map<string, DebArchive>();
  for (const { step, file } of fetched) archives.set(step.name, await shelf.open(file));
  const bySource = new Map<string, readonly string[]>();
  const fixes = new Map<string, readonly string[]>();
  for (const { step } of fetched) {
    const cves = fixesOfStep(step, sourceBefore(step, installed), archives);
    if (cves.length > 0) bySource.set(sourceKey(step), cves);
    fixes.set(`${step.name}:${step.architecture}`, cves);
  }
  for (const { step } of fetched) {
    const key = `${step.name}:${step.architecture}`;
    if (fixes.get(key)?.length === 0 && step.action === 'upgrade') fixes.set(key, bySource.get(sourceKey(step)) ?? []);
  }
  return fixes;
}

/** Changelogs speak of source versions; those of binaries can differ (libdevmapper of lvm2). */
function sourceBefore(planned: PlanStep, installed: readonly InstalledPackage[]): string | undefined {
  const before = installed.find(
    ({ name, architecture }) => name === planned.name && architecture === planned.architecture,
  );
  return before?.source.version ?? planned.from;
}

function fixesOfStep(
  planned: PlanStep,
  before: string | undefined,
  archives: ReadonlyMap<string, DebArchive>,
): readonly string[] {
  if (planned.from === undefined || before === undefined) return [];
  const changelog = changelogOf(planned.name, archives);
  return changelog === undefined ? [] : cvesBetween(changelog, before, planned.source.version, compareDebVersions);
}

function sourceKey(planned: PlanStep): string {
  return `${planned.source.name} ${planned.source.version}`;
}
