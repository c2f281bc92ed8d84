import type { Finding } from '../../../src/service/api/contract/findings.ts';
import type { ImageSummary } from '../../../src/service/api/contract/images.ts';
import type { SearchResult } from '../../../src/service/api/contract/search.ts';
import type { TeamSummary } from '../../../src/service/api/contract/teams.ts';
import { CATALOGUE } from './catalogue.ts';
import { countStates, type FixtureFleet } from './fixture-fleet.ts';
import { coverageOf, summaries, vulnerabilitySummaries } from './fixture-views.ts';

const MOST = 8;

export function searchFleet(fleet: FixtureFleet, q: string): SearchResult {
  const has = (text: string) => text.toLowerCase().includes(q.toLowerCase());
  return {
    images: summaries(fleet)
      .filter(({ reference }) => has(reference))
      .slice(0, MOST)
      .map(({ reference, team, outcome, compliance }) => ({
        reference,
        ...(team === undefined ? {} : { team }),
        ...(outcome === undefined ? {} : { outcome }),
        compliance,
      })),
    vulnerabilities: vulnerabilitySummaries(fleet)
      .filter(({ id, title }) => has(`${id} ${title ?? ''}`))
      .slice(0, MOST)
      .map(({ id, tier, title, images }) => ({
        id,
        tier,
        ...(title === undefined ? {} : { title }),
        openImages: images.open,
      })),
    packages: [...new Set(CATALOGUE.map((entry) => entry.package))]
      .filter(has)
      .slice(0, MOST)
      .map((name) => ({ name, openImages: 12, patchedImages: 5 })),
    runs: fleet.runs
      .filter(({ id }) => has(id))
      .slice(0, MOST)
      .map(({ id, status, startedAt }) => ({ id, status, ...(startedAt === undefined ? {} : { startedAt }) })),
    teams: teamViews(fleet)
      .filter(({ name }) => has(name))
      .map(({ name, coverage }) => ({ name, images: coverage.images })),
  };
}

export function teamViews(fleet: FixtureFleet): TeamSummary[] {
  const names = [...new Set(summaries(fleet).map(({ team }) => team ?? ''))].sort();
  return names.flatMap((name) => teamView(fleet, name)?.team ?? []);
}

export function teamView(
  fleet: FixtureFleet,
  name: string,
):
  | { readonly team: TeamSummary; readonly images: readonly ImageSummary[]; readonly open: readonly Finding[] }
  | undefined {
  const images = summaries(fleet).filter(({ team }) => (team ?? '') === name);
  if (images.length === 0) return undefined;
  const references = new Set(images.map(({ reference }) => reference));
  const open = fleet.findings.filter(
    (finding) => references.has(finding.reference) && finding.resolvedAt === undefined,
  );
  const sorted = [...images].sort((a, b) => b.states.late - a.states.late);
  return { team: { name, coverage: coverageOf(images), states: countStates(open) }, images: sorted, open };
}
