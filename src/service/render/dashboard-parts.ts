import type { PanelSpec, Target } from './panel.ts';
import { once } from './promql.ts';

export interface DashboardVariable {
  readonly name: string;
  readonly label: string;
  /** That has the label. */
  readonly metric: string;
  /** Several or all may be chosen. */
  readonly all: boolean;
}

export interface DashboardSpec {
  readonly title: string;
  readonly description: string;
  readonly variables: readonly DashboardVariable[];
  readonly panels: readonly PanelSpec[];
  /** Shown at first. */
  readonly range: string;
}

export const TEAM: DashboardVariable = { name: 'team', label: 'Team', metric: 'patch_images', all: true };
export const IMAGE: DashboardVariable = { name: 'image', label: 'Image', metric: 'patch_image_info', all: false };
export const DEADLINE = 'patch_image_sla_deadline_timestamp_seconds';
export const RESULT = 'patch_image_result';

export function stat(title: string, expr: string, more: Partial<PanelSpec> = {}): PanelSpec {
  return { kind: 'stat', title, width: 4, height: 4, targets: [{ expr, instant: true }], ...more };
}

export function graph(title: string, targets: readonly Target[], more: Partial<PanelSpec> = {}): PanelSpec {
  return { kind: 'timeseries', title, width: 12, height: 8, targets, ...more };
}

export function list(title: string, expr: string, more: Partial<PanelSpec> = {}): PanelSpec {
  return { kind: 'table', title, width: 24, height: 9, targets: [{ expr }], ...more };
}

export const NONE = { warning: 1, critical: 1 };
/** Of images only those of the teams that are chosen. */
export const ofTeam = (expr: string) =>
  `(${expr}) * on(image) group_left(team) ${once('patch_image_info', `team=~"$team"`)}`;
