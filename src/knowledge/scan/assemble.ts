import type { ScannedOs } from '../../packages/inventory/types.ts';
import { annotate, type ExploitationList } from '../filters/exploitation.ts';
import { type Selection, select } from '../filters/selection.ts';
import { type Suppressor, suppress } from '../filters/suppress.ts';
import { compareFindings, type Evaluation } from './match-inventory.ts';
import type { ExploitPrediction, KnownExploited, ScanFinding, ScanResult } from './result.ts';
import type { ScanSubject } from './subject.ts';
import { sortUnknowns, type Unknown } from './unknown.ts';

export interface AssemblyOptions {
  /** Milliseconds since the epoch: expiry of suppressions, and the date of the result. */
  readonly now: number;
  readonly tool: ScanResult['tool'];
  readonly selection?: Selection;
  readonly suppressors?: readonly Suppressor[];
  readonly kev?: ExploitationList<KnownExploited>;
  readonly epss?: ExploitationList<ExploitPrediction>;
}

/** Puts together what the sources say about one subject, then rates, selects and suppresses; nothing is lost uncounted. */
export function assembleScan(
  subject: ScanSubject,
  evaluations: readonly Evaluation[],
  options: AssemblyOptions,
): ScanResult {
  const { artifact, image } = subject;
  const merged = [...mergeFindings(evaluations)].sort(compareFindings);
  const rated = annotate(merged, options.kev?.entries, options.epss?.entries);
  const { findings: selected, filtered } = select(rated, options.selection ?? {});
  const paths = new Map(image?.packages.map(({ id, filePath }) => [id, filePath ?? '']));
  const { findings, suppressed } = suppress(selected, options.suppressors ?? [], {
    artifact,
    now: options.now,
    pathOf: ({ packageId }) => paths.get(packageId ?? '') || artifact.name,
  });
  const os = image?.os ?? reportedOs(subject);
  const lists = [options.kev?.source, options.epss?.source].filter((source) => source !== undefined);
  return {
    artifact,
    createdAt: new Date(options.now).toISOString(),
    tool: options.tool,
    ...(os === undefined ? {} : { os }),
    hasInventory: image !== undefined,
    packages: image?.packages ?? [],
    findings,
    suppressed,
    filtered,
    unknowns: sortUnknowns(unknownsOf(evaluations)),
    sources: [...evaluations.flatMap(({ sources }) => sources), ...lists],
    endOfLife: evaluations.some(({ endOfLife }) => endOfLife),
  };
}

/** A source that says nothing of the release leaves the image unknown, unless another source knows it. */
function unknownsOf(evaluations: readonly Evaluation[]): readonly Unknown[] {
  const knows = evaluations.some(
    ({ sources, unknowns }) => sources.length > 0 && !unknowns.some(({ scope }) => scope === 'image'),
  );
  return evaluations.flatMap(({ unknowns }) =>
    unknowns.map(
      (entry): Unknown => (knows && entry.kind === 'source-unusable' ? { ...entry, scope: 'package' } : entry),
    ),
  );
}

function reportedOs({ report }: ScanSubject): ScannedOs | undefined {
  return report?.os && { family: report.os.family, name: report.os.name ?? '', extended: false };
}

/**
 * Findings of several sources: what a later source repeats with the same fix is left out, what it says differently stays
 * beside the other, each with its source.
 */
function mergeFindings(evaluations: readonly Evaluation[]): readonly ScanFinding[] {
  const [first, ...others] = evaluations;
  if (others.length === 0) return first?.findings ?? [];
  const known = new Set<string>();
  const merged: ScanFinding[] = [];
  for (const { findings } of evaluations) {
    const fresh = findings.filter((finding) => !keysOf(finding).some((key) => known.has(key)));
    for (const finding of findings) for (const key of keysOf(finding)) known.add(key);
    merged.push(...fresh);
  }
  return merged;
}

function keysOf({ vulnerability, vendorIds, package: found, packageId, fixedVersion }: ScanFinding): readonly string[] {
  const place = `${found.name}\0${packageId ?? found.version}\0${found.architecture ?? ''}\0${fixedVersion ?? ''}`;
  return [vulnerability, ...vendorIds].map((id) => `${id}\0${place}`);
}
