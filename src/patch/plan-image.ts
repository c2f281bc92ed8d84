import { SutureError } from '../core/errors/error.ts';
import { step } from '../core/progress.ts';
import { formatPlatform } from '../oci/image.ts';
import { checkLayerRoom } from '../oci/mutate.ts';
import type { MutableTree } from '../oci/tree/types.ts';
import { DebShelf } from '../packages/deb/archive/shelf.ts';
import { expandedCache } from '../packages/deb/install/index.ts';
import type { Exclusions, OpenedDatabase, OpenedRepositories, PackageFamily, PlanStep } from '../packages/family.ts';
import { familyOf } from './families.ts';
import { type Fixes, fixesOf } from './fixes.ts';
import { knownFixes } from './known-fixes.ts';
import { type OpenedImage, openImage, openImageTree } from './open-image.ts';
import { type OperatingSystem, readOperatingSystem } from './os-release.ts';
import type { PlanDocument } from './plan-document.ts';
import { PLAN_API_VERSION, PLAN_KIND } from './plan-schema.ts';
import { type Preparation, prepareChanges } from './prepare.ts';
import { checkBase, checkRepositories, checkSteps, exclusionsOf, lockOf, readStoredPlan } from './stored-plan.ts';
import { explainPending, type WantedUpgrades, type WantedUpgradesRequest, wantedUpgrades } from './wanted-upgrades.ts';
import type { Workspace } from './workspace.ts';

export interface PlanRequest extends WantedUpgradesRequest {
  readonly image: string;
  readonly platform?: string;
  /** The original of an image that another tool patched; proven by its layers. */
  readonly base?: string;
  /** Path of a saved plan to be made again exactly; it decides in place of scope, report and names. */
  readonly plan?: string;
}

/** A plan, and the tree in the state it leads to, unless its layer is there from another image. */
export interface PlannedImage {
  readonly opened: OpenedImage;
  readonly plan: PlanDocument;
  readonly tree: MutableTree;
  readonly preparation: Preparation;
  readonly fixes: Fixes;
  /** For the person: what the report did not cover, conffiles kept … */
  readonly notes: readonly string[];
}

/** What is known once image and repositories are open. */
interface Situation {
  readonly opened: OpenedImage;
  readonly os: OperatingSystem;
  readonly family: PackageFamily;
  readonly repositories: OpenedRepositories;
  readonly sourceDate: number;
}

/**
 * Makes the plan of an image, or makes a saved one again: everything a patch does, except writing. The caller must call
 * `preparation.close()` and close the location.
 * @throws SutureError LIMIT_EXCEEDED, OS_UNKNOWN, FAMILY_UNSUPPORTED, DATABASE_UNREADABLE, NO_REPOSITORY, PLAN_STALE, and those of registry
 * and repositories
 */
export async function planImage(workspace: Workspace, request: PlanRequest): Promise<PlannedImage> {
  const stored = request.plan === undefined ? undefined : readStoredPlan(request.plan);
  const platform = request.platform ?? (stored && formatPlatform(stored.base.platform));
  const opened = await openImage(workspace, request.image, platform, request.base);
  try {
    if (stored !== undefined) checkBase(stored, opened.lineage, request.image);
    checkLayerRoom(opened.lineage.base);
    return await planOpened(workspace, request, opened, stored);
  } catch (error) {
    await opened.location.close();
    throw error;
  }
}

async function planOpened(
  workspace: Workspace,
  request: PlanRequest,
  opened: OpenedImage,
  stored: PlanDocument | undefined,
): Promise<PlannedImage> {
  const { base } = opened.lineage;
  const { tree, trace } = await openImageTree(workspace, base);
  const os = readOperatingSystem(tree);
  const family = familyOf(tree, os);
  const database = family.open(tree);
  const repositories = await openRepositories(workspace, database, stored);
  const sourceDate = stored?.sourceDate ?? sourceDateOf(workspace, base.config.created, repositories);
  const wanted: WantedUpgrades =
    stored === undefined
      ? await wantedUpgrades(workspace, request, opened, os, family)
      : { request: stored.options, vulnerabilities: new Map(), notes: [] };
  const exclusions: Exclusions = stored === undefined ? new Map() : exclusionsOf(stored);
  const shelf = family.id === 'deb' ? new DebShelf(expandedCache(workspace)) : undefined;
  const { sharedLayers } = workspace;
  const share = (steps: readonly PlanStep[]) =>
    sharedLayers?.slot(
      { family: family.id, steps, sourceDate, repositories: repositories.repositories },
      trace,
      base.config.rootfs.diff_ids,
    );
  const applying = { sourceDate, exclusions, share, ...(shelf === undefined ? {} : { shelf }) };
  const preparation = await prepareChanges(workspace, tree, database, repositories, wanted.request, applying);
  try {
    const notes = [
      ...opened.notes,
      ...wanted.notes,
      ...preparation.report.notes.map((note) => `${note.package}: ${note.message}`),
    ];
    if (stored !== undefined) checkSteps(stored, preparation.resolution);
    const fixes = preparation.shared
      ? new Map(preparation.shared.fixes)
      : await fixesOf(shelf, database.packages, preparation.fetched);
    const situation = { opened, os, family, repositories, sourceDate };
    const known =
      stored === undefined && family.id === 'apk'
        ? await knownFixes(workspace, opened, preparation.resolution.steps, family, request.database)
        : { fixes, notes: [] };
    const plan = stored ?? planDocument(workspace, situation, wanted, preparation, known.fixes);
    return { opened, plan, tree, preparation, fixes, notes: [...notes, ...known.notes] };
  } catch (error) {
    preparation.close();
    throw error;
  }
}

async function openRepositories(
  workspace: Workspace,
  database: OpenedDatabase,
  stored: PlanDocument | undefined,
): Promise<OpenedRepositories> {
  const lock = stored === undefined ? {} : { lock: lockOf(stored) };
  const opened = await step(
    workspace.progress,
    'repositories',
    'reading package repositories',
    () => database.openRepositories({ ...workspace.repositories, ...accessOf(workspace), ...lock }),
    (result) =>
      `${result.repositories.length} verified${result.unusable.length > 0 ? `, ${result.unusable.length} unusable` : ''}`,
  );
  // A repository that was cut off by the signal looks like one that cannot be reached.
  workspace.signal.throwIfAborted();
  if (stored !== undefined) checkRepositories(stored, opened);
  if (opened.repositories.length === 0) throw noRepository(opened);
  return opened;
}

export function accessOf(workspace: Workspace) {
  return {
    http: workspace.http,
    cacheDirectory: workspace.cacheDirectory,
    clock: workspace.clock,
    progress: workspace.progress,
  };
}

function noRepository({ unusable }: OpenedRepositories): SutureError {
  if (unusable.length === 0)
    return new SutureError('NO_REPOSITORY', 'the image configures no package repository', {
      fix: 'Name the apt sources of its distribution with --sources FILE (a sources.list or *.sources file).',
    });
  return new SutureError(
    'NO_REPOSITORY',
    `no repository of the image can be used: ${unusable.map(({ id, reason }) => `${id}: ${reason}`).join('; ')}`,
  );
}

/** Facts of reproducible layers: the newest date the result depends on, never the clock; SOURCE_DATE_EPOCH overrides. */
function sourceDateOf(workspace: Workspace, created: string | undefined, repositories: OpenedRepositories): number {
  const override = overriddenSourceDate(workspace);
  if (override !== undefined) return override;
  const dates = [created ?? '', ...repositories.repositories.map(({ date }) => date)]
    .map((date) => Date.parse(date))
    .filter(Number.isFinite);
  return Math.max(0, ...dates.map((date) => Math.floor(date / 1000)));
}

/** SOURCE_DATE_EPOCH, where the user set it. @throws SutureError CONFIGURATION */
export function overriddenSourceDate({ environment }: Workspace): number | undefined {
  const value = environment['SOURCE_DATE_EPOCH'];
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,11}$/.test(value)) return Number(value);
  throw new SutureError('CONFIGURATION', `SOURCE_DATE_EPOCH: "${value}" is not a number of seconds`);
}

function planDocument(
  workspace: Workspace,
  situation: Situation,
  wanted: WantedUpgrades,
  preparation: Preparation,
  fixes: Fixes,
): PlanDocument {
  const { opened, os, family, repositories, sourceDate } = situation;
  const { base, baseDigest } = opened.lineage;
  const { os: system, architecture, variant } = base.config;
  const override = overriddenSourceDate(workspace);
  return {
    apiVersion: PLAN_API_VERSION,
    kind: PLAN_KIND,
    tool: { name: 'suture', version: workspace.toolVersion },
    base: {
      reference: opened.name,
      digest: baseDigest,
      mediaType: base.descriptor.mediaType,
      platform: { os: system, architecture, ...(variant === undefined ? {} : { variant }) },
      layers: base.config.rootfs.diff_ids,
    },
    os,
    family: family.id,
    repositories: repositories.repositories,
    unusable: repositories.unusable,
    steps: preparation.resolution.steps.map((planned) => {
      const { action, from, ...rest } = planned;
      const named = fixes.get(`${planned.name}:${planned.architecture}`) ?? [];
      const cves = [...new Set([...named, ...(wanted.vulnerabilities.get(planned.name) ?? [])])].sort();
      return action === 'upgrade'
        ? { ...rest, action, from: from ?? '', cves }
        : { ...rest, action: 'install' as const, cves };
    }),
    pending: preparation.resolution.pending.map((entry) => explainPending(entry, wanted)),
    engine: { name: 'native', reason: 'every maintainer script of the steps was evaluated' },
    options: { ...wanted.request, ...(override === undefined ? {} : { sourceDate: override }) },
    sourceDate,
  };
}
