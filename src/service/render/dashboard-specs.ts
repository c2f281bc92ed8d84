import type { DashboardSpec } from './dashboard-parts.ts';
import { FLEET, IMAGE_DETAIL, TEAMS } from './image-dashboards.ts';
import { KNOWLEDGE, RUNS, SLA, WAIVERS } from './work-dashboards.ts';

/** Every dashboard by the name that it is asked for by. */
export const DASHBOARDS = {
  fleet: FLEET,
  image: IMAGE_DETAIL,
  teams: TEAMS,
  sla: SLA,
  knowledge: KNOWLEDGE,
  waivers: WAIVERS,
  runs: RUNS,
} as const satisfies Readonly<Record<string, DashboardSpec>>;

export type DashboardName = keyof typeof DASHBOARDS;
