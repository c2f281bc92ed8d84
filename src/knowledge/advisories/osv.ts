import { z } from 'zod';
import { SutureError } from '../../core/errors/error.ts';
import { isSeverity, type Severity } from '../../core/severity.ts';
import type { ScannedOs } from '../../packages/inventory/types.ts';
import { major, minor } from '../trivy-db/matching/release.ts';
import type { AffectedRange, PackageAdvisory } from './advisory-set.ts';

const texts = z.array(z.string()).nullish();
const event = z.looseObject({
  introduced: z.string().nullish(),
  fixed: z.string().nullish(),
  last_affected: z.string().nullish(),
});

const affected = z.looseObject({
  package: z.looseObject({ ecosystem: z.string(), name: z.string() }).nullish(),
  ranges: z.array(z.looseObject({ type: z.string(), events: z.array(event) })).nullish(),
  versions: texts,
  ecosystem_specific: z.looseObject({ severity: z.unknown().optional(), urgency: z.unknown().optional() }).nullish(),
});

const osvSchema = z.looseObject({
  id: z.string().min(1),
  modified: z.string().nullish(),
  withdrawn: z.string().nullish(),
  aliases: texts,
  upstream: texts,
  related: texts,
  summary: z.string().nullish(),
  details: z.string().nullish(),
  affected: z.array(affected).nullish(),
  database_specific: z.looseObject({ severity: z.unknown().optional() }).nullish(),
});

type Osv = z.output<typeof osvSchema>;

/** One OSV record as advisories, one for each package and release of an operating system; others are of no use here. */
export function osvAdvisories(
  json: unknown,
  name: string,
): { advisories: readonly PackageAdvisory[]; modified?: string } {
  const parsed = osvSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SutureError(
      'INVALID_DATA',
      `${name} is not a valid OSV record: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  const record = parsed.data;
  const { modified } = record;
  const dated = modified ? { modified } : {};
  if (record.withdrawn) return { advisories: [], ...dated };
  const advisories = (record.affected ?? []).flatMap((entry) => advisoryOf(record, entry));
  return { advisories, ...dated };
}

function advisoryOf(record: Osv, entry: z.output<typeof affected>): readonly PackageAdvisory[] {
  const ecosystem = ecosystemOf(entry.package?.ecosystem ?? '');
  if (ecosystem === undefined || entry.package == null) return [];
  const names = [...(record.aliases ?? []), ...(record.upstream ?? [])];
  // Distributions' records (DEBIAN-CVE-…, USN-…, RLSA-…) are about one or several CVEs.
  const cves = record.id.startsWith('CVE-') ? [record.id] : names.filter((id) => id.startsWith('CVE-'));
  const related = cves.length > 0 ? cves : (record.related ?? []).filter((id) => id.startsWith('CVE-'));
  const ids = related.length > 0 ? [...new Set(related)] : [record.id];
  const severity = severityOf(
    entry.ecosystem_specific?.severity ?? entry.ecosystem_specific?.urgency ?? record.database_specific?.severity,
  );
  return ids.map((id) => ({
    id,
    vendorIds: record.id === id ? [] : [record.id],
    packageName: entry.package?.name ?? '',
    packageKind: ecosystem.kind,
    ranges: (entry.ranges ?? []).filter(({ type }) => type === 'ECOSYSTEM').flatMap(({ events }) => rangesOf(events)),
    ...(entry.versions ? { versions: entry.versions } : {}),
    ...(severity === undefined ? {} : { severity }),
    ...(record.summary ? { title: record.summary } : {}),
    url: `https://osv.dev/vulnerability/${record.id}`,
    appliesTo: ecosystem.appliesTo,
  }));
}

/** Events in their order: each `introduced` opens a range, `fixed` or `last_affected` closes it. */
function rangesOf(events: readonly z.output<typeof event>[]): readonly AffectedRange[] {
  const ranges: AffectedRange[] = [];
  let introduced: string | undefined;
  for (const { introduced: start, fixed, last_affected: last } of events) {
    if (start != null) {
      if (introduced !== undefined) ranges.push({ introduced });
      introduced = start === '0' ? '' : start;
    } else if (fixed != null) {
      ranges.push({ introduced: introduced ?? '', fixed });
      introduced = undefined;
    } else if (last != null) {
      ranges.push({ introduced: introduced ?? '', lastAffected: last });
      introduced = undefined;
    }
  }
  if (introduced !== undefined) ranges.push({ introduced });
  return ranges;
}

function severityOf(value: unknown): Severity | undefined {
  const words: Readonly<Record<string, Severity>> = { important: 'HIGH', moderate: 'MEDIUM', negligible: 'LOW' };
  if (typeof value !== 'string') return undefined;
  const upper = value.toUpperCase();
  return words[value.toLowerCase()] ?? (isSeverity(upper) && upper !== 'UNKNOWN' ? upper : undefined);
}

interface Ecosystem {
  readonly kind: PackageAdvisory['packageKind'];
  readonly appliesTo: PackageAdvisory['appliesTo'];
}

type Release = (os: ScannedOs, repositoryRelease: string | undefined) => string;

const majorOf: Release = (os) => major(os.name);

/** OSV's names of systems: family, whose versions count, and what of the release stands after the colon. */
const ECOSYSTEMS: Readonly<Record<string, readonly [family: string, kind: Ecosystem['kind'], release: Release]>> = {
  Debian: ['debian', 'source', majorOf],
  Ubuntu: ['ubuntu', 'source', (os) => os.name],
  Alpine: ['alpine', 'source', (os, repository) => `v${minor(repository ?? os.name)}`.replace('vedge', 'edge')],
  'Rocky Linux': ['rocky', 'binary', majorOf],
  AlmaLinux: ['alma', 'binary', majorOf],
  Wolfi: ['wolfi', 'source', () => ''],
  Chainguard: ['chainguard', 'source', () => ''],
  MinimOS: ['minimos', 'source', () => ''],
};

/** `Debian:12`, `Ubuntu:22.04:LTS`, `Ubuntu:Pro:18.04:LTS`, `Alpine:v3.19`, `Wolfi`. */
function ecosystemOf(text: string): Ecosystem | undefined {
  const [name = '', ...parts] = text.split(':');
  const rule = Object.hasOwn(ECOSYSTEMS, name) ? ECOSYSTEMS[name] : undefined;
  if (rule === undefined) return undefined;
  const [family, kind, release] = rule;
  const pro = parts[0] === 'Pro';
  const wanted = (pro ? parts[1] : parts[0]) ?? '';
  return {
    kind,
    appliesTo: (os, repository) => os.family === family && release(os, repository) === wanted && (!pro || os.extended),
  };
}
