import { readFileSync } from 'node:fs';
import { SutureError } from '../core/errors/error.ts';
import { checkLimit, LIMITS } from '../core/limits.ts';
import type { Severity } from '../core/severity.ts';
import type { Finding, FindingStatus } from '../knowledge/findings.ts';
import { readReport } from '../knowledge/reports/read.ts';
import { type ReportedImage, requestFromReport } from '../knowledge/reports/request.ts';
import type { PackageFamily, Pending, UpgradeRequest } from '../packages/family.ts';
import type { OpenedImage } from './open-image.ts';
import type { OperatingSystem } from './os-release.ts';
import { scanBase } from './scan-base.ts';
import type { Workspace } from './workspace.ts';

/** What decides which packages a plan changes. */
export interface WantedUpgradesRequest {
  readonly scope: UpgradeRequest['scope'];
  /** Path of a scanner report; only what it asks is planned. */
  readonly report?: string;
  /** Only what fixes findings of these severities: of the report or, without one, of the vulnerability database. */
  readonly severities?: readonly Severity[];
  /** Vulnerability or advisory ids that are no reason to change anything. */
  readonly ignore?: readonly string[];
  readonly onlyPackages: readonly string[];
  /** Digest or directory of the database; the active one when absent. */
  readonly database?: string;
  /** Milliseconds; a database built longer ago is refused. Absent: any age. */
  readonly maxDatabaseAge?: number;
}

export interface WantedUpgrades {
  readonly request: UpgradeRequest;
  /** Ids by package name, sorted: what was found in each package of the request. */
  readonly vulnerabilities: ReadonlyMap<string, readonly string[]>;
  /** For the person: where the request comes from, what has no fix and why. */
  readonly notes: readonly string[];
}

/**
 * The upgrades that are asked for: by a report; by severities or ignored ids, which need the vulnerability database where no
 * report is given; else everything that the scope covers.
 * @throws SutureError those of reports and of the database; REPORT_INCOMPLETE when the database knows nothing of the image
 */
export async function wantedUpgrades(
  workspace: Workspace,
  request: WantedUpgradesRequest,
  opened: OpenedImage,
  os: OperatingSystem,
  family: PackageFamily,
): Promise<WantedUpgrades> {
  const only = request.onlyPackages.map((name) => ({ name }));
  const selects = request.severities !== undefined || (request.ignore?.length ?? 0) > 0;
  if (request.report === undefined && !selects)
    return {
      request: { scope: request.scope, ...(only.length > 0 ? { only } : {}) },
      vulnerabilities: new Map(),
      notes: [],
    };
  return wantedFixes(workspace, request, opened, os, family.compareVersions);
}

/** The upgrades that findings ask for: of the report, else of the vulnerability database. @throws SutureError as wantedUpgrades */
export async function wantedFixes(
  workspace: Workspace,
  request: WantedUpgradesRequest,
  opened: OpenedImage,
  os: OperatingSystem,
  compareVersions: PackageFamily['compareVersions'],
): Promise<WantedUpgrades> {
  const found =
    request.report === undefined
      ? await scanBase(workspace, opened, request)
      : { report: readReport(readReportFile(request.report), { name: request.report }), notes: [] };
  const { config } = request.report === undefined ? opened.lineage.base : opened.given;
  const image: ReportedImage = {
    os: { id: os.id, version: os.version },
    platform: {
      architecture: config.architecture,
      ...(config.variant === undefined ? {} : { variant: config.variant }),
    },
    diffIds: config.rootfs.diff_ids,
  };
  const asked = requestFromReport(found.report, image, compareVersions, {
    scope: request.scope,
    ...(request.severities === undefined ? {} : { severities: request.severities }),
    ...(request.ignore === undefined ? {} : { ignore: request.ignore }),
  });
  const names = new Set(request.onlyPackages);
  const wanted = (asked.request.only ?? []).filter(({ name }) => names.size === 0 || names.has(name));
  return {
    request: { ...asked.request, only: wanted },
    vulnerabilities: asked.vulnerabilities,
    notes: [...found.notes, ...asked.notes, ...unfixedNotes(asked.unfixed)],
  };
}

function readReportFile(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    checkLimit(`report ${path}`, bytes.length, LIMITS.report);
    return bytes;
  } catch (error) {
    if (error instanceof SutureError) throw error;
    throw new SutureError('FILE_UNREADABLE', `cannot read the report ${path}`, { cause: error });
  }
}

const UNFIXED: Readonly<Record<FindingStatus, string>> = {
  affected: 'no fix yet',
  will_not_fix: 'the distribution will not fix',
  fix_deferred: 'the distribution put off the fix',
  end_of_life: 'the release gets no more fixes',
  under_investigation: 'the distribution has not decided',
  not_affected: 'not affected',
  fixed: 'said to be fixed, without a version',
  unknown: 'no fix known',
};

/** Named in one note; more are counted. */
const NAMED = 12;

/** One note for each reason why there is no fix: no upgrade can help, but nothing is passed over in silence. */
function unfixedNotes(unfixed: readonly Finding[]): readonly string[] {
  const byStatus = new Map<FindingStatus, Set<string>>();
  for (const { status, vulnerability, package: found } of unfixed) {
    const entries = byStatus.get(status) ?? new Set();
    byStatus.set(status, entries.add(`${vulnerability} (${found.name})`));
  }
  return [...byStatus]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, entries]) => {
      const sorted = [...entries].sort();
      const more = sorted.length > NAMED ? ` and ${sorted.length - NAMED} more` : '';
      return `${sorted.length} without a fix, ${UNFIXED[status]}: ${sorted.slice(0, NAMED).join(', ')}${more}`;
    });
}

/** `2.27-3ubuntu1.8+esm1`, `1.2~esm2`: versions that Ubuntu builds for ESM. */
const ESM_VERSION = /[+~.]esm\d/i;

/** Says of a pending package what its advisories tell: which findings stay, and that Ubuntu sells the fix only. */
export function explainPending(pending: Pending, wanted: WantedUpgrades): Pending {
  if (pending.reason !== 'not-in-repository' && pending.reason !== 'unsatisfiable') return pending;
  const ids = wanted.vulnerabilities.get(pending.name) ?? [];
  const minimum = wanted.request.only?.find(({ name }) => name === pending.name)?.minimum ?? pending.to ?? '';
  const parts = [pending.detail];
  const isEsm = pending.reason === 'not-in-repository' && ESM_VERSION.test(minimum);
  if (isEsm)
    parts.push('the fix is published for Ubuntu Pro (ESM) only, whose repositories need credentials (--apt-auth)');
  if (ids.length > 0) parts.push(`remaining: ${ids.join(', ')}`);
  const detail = parts.filter((part) => part !== '').join('; ');
  return { ...pending, ...(isEsm ? { reason: 'esm-only' as const } : {}), detail };
}
