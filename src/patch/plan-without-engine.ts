import { isSutureError, type SutureError } from '../core/errors/error.ts';
import type { InstalledPackage, Pending, UpgradeRequest } from '../packages/family.ts';
import { compareRpmVersions, formatEvr } from '../packages/rpm/version/evr.ts';
import { familyWithoutEngine } from './families.ts';
import { type OpenedImage, openImage, openImageTree } from './open-image.ts';
import { type OperatingSystem, readOperatingSystem } from './os-release.ts';
import type { PlanDocument } from './plan-document.ts';
import { overriddenSourceDate, type PlanRequest, planImage } from './plan-image.ts';
import { PLAN_API_VERSION, PLAN_KIND } from './plan-schema.ts';
import { scanSubject } from './scan-image.ts';
import { type WantedUpgrades, wantedFixes } from './wanted-upgrades.ts';
import type { Workspace } from './workspace.ts';

/** A plan that is to be read, not applied. */
export interface ReadablePlan {
  readonly opened: OpenedImage;
  readonly plan: PlanDocument;
  readonly notes: readonly string[];
}

/**
 * The plan of an image, also where nothing can apply it: of an rpm image it lists what findings ask for as pending
 * (`no-engine`), and nothing else. Everything that was opened is closed.
 * @throws SutureError as planImage; those of reports and of the database for rpm images
 */
export async function planToRead(workspace: Workspace, request: PlanRequest): Promise<ReadablePlan> {
  try {
    const { opened, plan, notes, preparation } = await planImage(workspace, request);
    preparation.close();
    await opened.location.close();
    return { opened, plan, notes };
  } catch (error) {
    if (!isSutureError(error, 'FAMILY_UNSUPPORTED') || request.plan !== undefined) throw error;
    return planWithoutEngine(workspace, request, error);
  }
}

async function planWithoutEngine(
  workspace: Workspace,
  request: PlanRequest,
  refusal: SutureError,
): Promise<ReadablePlan> {
  const opened = await openImage(workspace, request.image, request.platform, request.base);
  try {
    const { tree } = await openImageTree(workspace, opened.lineage.base);
    if (familyWithoutEngine(tree) !== 'rpm') throw refusal;
    const os = readOperatingSystem(tree);
    const wanted = await wantedFixes(workspace, request, opened, os, compareRpmVersions);
    const { image } = await scanSubject(workspace, { ...opened, given: opened.lineage.base });
    const installed = (image?.packages ?? []).map(installedPackage);
    const pending = pendingFixes(installed, wanted);
    const notes = [...opened.notes, ...wanted.notes, `${NO_ENGINE}: suture patch refuses the image`];
    return { opened, plan: planDocument(workspace, opened, os, wanted.request, pending), notes };
  } finally {
    await opened.location.close();
  }
}

const NO_ENGINE = 'there is no engine for rpm packages yet';

type Scanned = NonNullable<Awaited<ReturnType<typeof scanSubject>>['image']>['packages'][number];

function installedPackage({ name, epoch, version, release, arch, src }: Scanned): InstalledPackage {
  const evr = (part: Pick<Scanned, 'epoch' | 'version' | 'release'>) => formatEvr(part);
  const source = { name: src.name === '' ? name : src.name, version: evr(src) };
  return { name, version: evr({ epoch, version, release }), architecture: arch, source, held: false };
}

/** Every installed build of a package (kernels stand beside each other) that is older than its fix. */
function pendingFixes(installed: readonly InstalledPackage[], wanted: WantedUpgrades): Pending[] {
  const only = [...(wanted.request.only ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return only.flatMap(({ name, minimum }): Pending[] => {
    const found = installed.filter((candidate) => candidate.name === name);
    const ids = wanted.vulnerabilities.get(name) ?? [];
    const fixes = ids.length === 0 ? '' : `, would fix ${ids.join(', ')}`;
    const to = minimum === undefined ? {} : { to: minimum };
    if (found.length === 0) {
      const detail = `${name} was asked for, but the image has no package of that name`;
      return [{ name, architecture: '', from: '', ...to, reason: 'not-installed', detail }];
    }
    return found
      .filter(({ version }) => minimum === undefined || compareRpmVersions(version, minimum) < 0)
      .map(({ architecture, version }) => ({
        ...{ name, architecture, from: version, ...to },
        reason: 'no-engine' as const,
        detail: `${NO_ENGINE}${fixes}`,
      }));
  });
}

function planDocument(
  workspace: Workspace,
  { name, lineage: { base, baseDigest } }: OpenedImage,
  os: OperatingSystem,
  request: UpgradeRequest,
  pending: readonly Pending[],
): PlanDocument {
  const { os: system, architecture, variant, created, rootfs } = base.config;
  const override = overriddenSourceDate(workspace);
  const date = Math.floor(Date.parse(created ?? '') / 1000);
  return {
    apiVersion: PLAN_API_VERSION,
    kind: PLAN_KIND,
    tool: { name: 'suture', version: workspace.toolVersion },
    base: {
      reference: name,
      digest: baseDigest,
      mediaType: base.descriptor.mediaType,
      platform: { os: system, architecture, ...(variant === undefined ? {} : { variant }) },
      layers: rootfs.diff_ids,
    },
    os,
    family: 'rpm',
    repositories: [],
    unusable: [],
    steps: [],
    pending,
    engine: { name: 'none', reason: NO_ENGINE },
    options: { ...request, ...(override === undefined ? {} : { sourceDate: override }) },
    sourceDate: override ?? (Number.isFinite(date) ? Math.max(0, date) : 0),
  };
}
