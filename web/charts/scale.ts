/** Round steps from 0 to at least `most`, for a handful of lines: 0, 20, 40, 60. @param most not negative */
export function niceTicks(most: number, count = 4): readonly number[] {
  const rough = Math.max(most, 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
  const whole = Number.isInteger(step) ? step : Math.ceil(step);
  return Array.from({ length: Math.ceil(Math.max(most, 1) / whole) + 1 }, (_, index) => index * whole);
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line through the points, as the `d` of a path. */
export function linePath(points: readonly Point[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

/** The same line, closed down to a floor. */
export function areaPath(points: readonly Point[], floor: number): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  return `${linePath(points)}L${last.x.toFixed(1)} ${floor}L${first.x.toFixed(1)} ${floor}Z`;
}

/** Index of the point nearest to a place; -1 of none. */
export function nearest(points: readonly Point[], x: number): number {
  let best = -1;
  for (const [index, point] of points.entries())
    if (best < 0 || Math.abs(point.x - x) < Math.abs((points[best]?.x ?? 0) - x)) best = index;
  return best;
}
