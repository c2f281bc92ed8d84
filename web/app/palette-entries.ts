import type { SearchResult } from '../../src/service/api/contract/search.ts';
import { plural } from '../format/number.ts';
import { absoluteTime } from '../format/time.ts';
import type { IconName } from '../parts/icon-paths.ts';
import { outcomeWords } from '../values/outcomes.ts';
import { RUN_STATUS_WORDS } from '../values/runs.ts';
import { TIER_WORDS } from '../values/tiers.ts';
import { paths } from './paths.ts';
import { SECTIONS } from './sections.ts';

export interface PaletteEntry {
  readonly key: string;
  readonly text: string;
  readonly note: string;
  readonly icon: IconName;
  readonly href: string;
}

export interface PaletteGroup {
  readonly label: string;
  readonly entries: readonly PaletteEntry[];
}

/** What the palette offers for a text: what the service found, then pages of that name. @param found undefined before it answered */
export function groupsOf(text: string, found: SearchResult | undefined): readonly PaletteGroup[] {
  const groups = found === undefined ? [] : foundGroups(found);
  const wanted = text.toLowerCase();
  const pages = SECTIONS.filter(({ label }) => label.toLowerCase().includes(wanted)).map(
    ({ label, href, icon }): PaletteEntry => ({ key: `page ${href}`, text: label, note: '', icon, href }),
  );
  return [...groups, { label: 'Pages', entries: pages }].filter(({ entries }) => entries.length > 0);
}

function foundGroups({ images, vulnerabilities, packages, runs, teams }: SearchResult): PaletteGroup[] {
  return [
    {
      label: 'Images',
      entries: images.map(({ reference, team, outcome }) => ({
        key: `image ${reference}`,
        text: reference,
        note: [team, outcomeWords(outcome).label].filter((part) => part !== undefined && part !== '').join(' · '),
        icon: 'images',
        href: paths.image(reference),
      })),
    },
    {
      label: 'Vulnerabilities',
      entries: vulnerabilities.map(({ id, tier, title, openImages }) => ({
        key: `vulnerability ${id}`,
        text: title === undefined ? id : `${id}  ${title}`,
        note: `${TIER_WORDS[tier].label} · ${plural(openImages, 'image')}`,
        icon: 'vulnerability',
        href: paths.vulnerability(id),
      })),
    },
    {
      label: 'Packages',
      entries: packages.map(({ name, openImages, patchedImages }) => ({
        key: `package ${name}`,
        text: name,
        note: `open in ${plural(openImages, 'image')}, patched in ${plural(patchedImages, 'image')}`,
        icon: 'package',
        href: paths.vulnerabilities({ package: name }),
      })),
    },
    {
      label: 'Runs',
      entries: runs.map(({ id, status, startedAt }) => ({
        key: `run ${id}`,
        text: id,
        note: [RUN_STATUS_WORDS[status].label, startedAt === undefined ? '' : absoluteTime(startedAt)]
          .filter((part) => part !== '')
          .join(' · '),
        icon: 'run',
        href: paths.run(id),
      })),
    },
    {
      label: 'Teams',
      entries: teams.map(({ name, images: count }) => ({
        key: `team ${name}`,
        text: name === '' ? 'Images without a team' : name,
        note: plural(count, 'image'),
        icon: 'team',
        href: paths.team(name),
      })),
    },
  ];
}
