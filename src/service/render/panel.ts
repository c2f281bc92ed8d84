/** Grafana's panels, as far as the dashboards need them. Widths add up to 24. */
export interface Target {
  readonly expr: string;
  readonly legend?: string;
  /** Only the newest value, as a table has it. */
  readonly instant?: boolean;
}

export interface PanelSpec {
  readonly kind: 'stat' | 'timeseries' | 'table' | 'bargauge' | 'row';
  readonly title: string;
  readonly description?: string;
  readonly width: number;
  readonly height: number;
  readonly unit?: string;
  readonly targets: readonly Target[];
  /** From this value on a number is yellow, red. */
  readonly thresholds?: { readonly warning: number; readonly critical: number };
  /** Smaller is worse. */
  readonly inverted?: boolean;
  readonly stacked?: boolean;
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const [GREEN, YELLOW, RED] = ['green', 'yellow', 'red'];

/** Panels from left to right and top to bottom; each as the JSON that Grafana imports. */
export function layOut(specs: readonly PanelSpec[]): readonly object[] {
  let [x, y, rowHeight] = [0, 0, 0];
  return specs.map((spec, at) => {
    if (x + spec.width > 24) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const gridPos = { h: spec.height, w: spec.width, x, y };
    [x, rowHeight] = [x + spec.width, Math.max(rowHeight, spec.height)];
    return panelJson(spec, at + 1, gridPos);
  });
}

function panelJson(spec: PanelSpec, id: number, gridPos: object): object {
  const { kind, title, description, targets } = spec;
  const base = { id, type: kind, title, gridPos, ...(description === undefined ? {} : { description }) };
  if (kind === 'row') return { ...base, collapsed: false, panels: [] };
  return {
    ...base,
    datasource: DATASOURCE,
    fieldConfig: { defaults: fieldDefaults(spec), overrides: [] },
    options: optionsOf(spec),
    ...(kind === 'table'
      ? {
          transformations: [
            { id: 'labelsToFields', options: {} },
            { id: 'merge', options: {} },
          ],
        }
      : {}),
    targets: targets.map(({ expr, legend, instant }, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: DATASOURCE,
      expr,
      ...(legend === undefined ? {} : { legendFormat: legend }),
      ...(instant === true || kind === 'table' ? { instant: true, range: false } : {}),
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
  };
}

function fieldDefaults({ kind, unit, thresholds, inverted, stacked }: PanelSpec): object {
  const steps =
    thresholds === undefined
      ? [{ color: GREEN, value: null }]
      : inverted === true
        ? [
            { color: RED, value: null },
            { color: YELLOW, value: thresholds.critical },
            { color: GREEN, value: thresholds.warning },
          ]
        : [
            { color: GREEN, value: null },
            { color: YELLOW, value: thresholds.warning },
            { color: RED, value: thresholds.critical },
          ];
  return {
    ...(unit === undefined ? {} : { unit }),
    // What is not known must not look like a zero.
    noValue: 'no data',
    thresholds: { mode: 'absolute', steps },
    color: { mode: kind === 'timeseries' ? 'palette-classic' : 'thresholds' },
    ...(kind === 'timeseries'
      ? {
          min: 0,
          custom: { fillOpacity: stacked === true ? 40 : 10, stacking: { mode: stacked === true ? 'normal' : 'none' } },
        }
      : {}),
  };
}

function optionsOf({ kind }: PanelSpec): object {
  const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };
  switch (kind) {
    case 'stat':
      return { reduceOptions, colorMode: 'value', graphMode: 'none', textMode: 'auto', justifyMode: 'auto' };
    case 'bargauge':
      return { reduceOptions, displayMode: 'basic', orientation: 'horizontal' };
    case 'timeseries':
      return {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'multi', sort: 'desc' },
      };
    case 'table':
      return { showHeader: true, cellHeight: 'sm' };
    default:
      return {};
  }
}
