import type { IconName } from '../parts/icon-paths.ts';
import { paths } from './paths.ts';

export interface Section {
  readonly label: string;
  readonly href: string;
  readonly icon: IconName;
  /** Paths of the pages that belong to it. */
  readonly owns: RegExp;
}

export const SECTIONS: readonly Section[] = [
  { label: 'Overview', href: paths.overview(), icon: 'overview', owns: /^\/$/ },
  { label: 'Images', href: paths.images(), icon: 'images', owns: /^\/images?$/ },
  { label: 'Vulnerabilities', href: paths.vulnerabilities(), icon: 'vulnerability', owns: /^\/vulnerabilities/ },
  { label: 'Runs', href: paths.runs(), icon: 'run', owns: /^\/runs/ },
  { label: 'Waivers', href: paths.waivers(), icon: 'waiver', owns: /^\/waivers$/ },
  { label: 'Teams', href: paths.teams(), icon: 'team', owns: /^\/teams?$/ },
  { label: 'Events', href: paths.events(), icon: 'event', owns: /^\/events$/ },
  { label: 'Report', href: paths.report(), icon: 'report', owns: /^\/report$/ },
];
