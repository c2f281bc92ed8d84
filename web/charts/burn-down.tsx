import { useState } from 'react';
import { formatCount } from '../format/number.ts';
import { dateOf } from '../format/time.ts';
import styles from './burn-down.module.css';
import { BurnDownTable } from './burn-down-table.tsx';
import { areaPath, linePath, nearest, niceTicks, type Point } from './scale.ts';
import { useWidth } from './use-width.ts';

export interface BurnDownPoint {
  /** `2026-11-20`. */
  readonly day: string;
  readonly open: number;
  readonly late: number;
  readonly waived: number;
}

const HEIGHT = 210;
const LEFT = 40;
const RIGHT = 12;
const TOP = 10;
const FLOOR = HEIGHT - 24;

/** How many findings could be fixed and are not, and how many of them are late, day by day. */
export function BurnDown({ days }: { readonly days: readonly BurnDownPoint[] }) {
  const [ref, width] = useWidth<HTMLDivElement>(640);
  const [shown, setShown] = useState(-1);
  const ticks = niceTicks(Math.max(...days.map(({ open }) => open), 1));
  const top = ticks.at(-1) ?? 1;
  const times = days.map(({ day }) => Date.parse(day));
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 1];
  const xOf = (time: number) => LEFT + ((time - from) / Math.max(1, to - from)) * (width - LEFT - RIGHT);
  const yOf = (count: number) => FLOOR - (count / top) * (FLOOR - TOP);
  const line = (value: (day: BurnDownPoint) => number): Point[] =>
    days.map((day) => ({ x: xOf(Date.parse(day.day)), y: yOf(value(day)) }));
  const [open, late] = [line((day) => day.open), line((day) => day.late)];
  const point = days[shown];
  return (
    <figure className={styles['figure']}>
      <div ref={ref} className={styles['plot']}>
        <svg
          width={width}
          height={HEIGHT}
          aria-hidden="true"
          onPointerMove={(event) =>
            setShown(nearest(open, event.clientX - event.currentTarget.getBoundingClientRect().left))
          }
          onPointerLeave={() => setShown(-1)}
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line className={styles['grid']} x1={LEFT} x2={width - RIGHT} y1={yOf(tick)} y2={yOf(tick)} />
              <text className={styles['tick']} x={LEFT - 8} y={yOf(tick) + 4} textAnchor="end">
                {formatCount(tick)}
              </text>
            </g>
          ))}
          <DayLabels days={days} xOf={xOf} width={width} />
          <path className={styles['openArea']} d={areaPath(open, FLOOR)} />
          <path className={styles['openLine']} d={linePath(open)} />
          <path className={styles['lateArea']} d={areaPath(late, FLOOR)} />
          <path className={styles['lateLine']} d={linePath(late)} />
          {point !== undefined && (
            <g>
              <line className={styles['cursor']} x1={open[shown]?.x} x2={open[shown]?.x} y1={TOP} y2={FLOOR} />
              <circle className={styles['openDot']} cx={open[shown]?.x} cy={open[shown]?.y} r="3.5" />
              <circle className={styles['lateDot']} cx={late[shown]?.x} cy={late[shown]?.y} r="3.5" />
            </g>
          )}
        </svg>
      </div>
      <figcaption className={styles['legend']}>
        <span data-line="open">open with a fix</span>
        <span data-line="late">of them late</span>
        {point !== undefined && (
          <span className={styles['reading']}>
            {dateOf(point.day)}: <b>{formatCount(point.open)}</b> open, <b>{formatCount(point.late)}</b> late,{' '}
            {formatCount(point.waived)} waived
          </span>
        )}
      </figcaption>
      <BurnDownTable days={days} />
    </figure>
  );
}

interface DayLabelsProps {
  readonly days: readonly BurnDownPoint[];
  readonly xOf: (time: number) => number;
  readonly width: number;
}

/** The first day, the last, and as many between as there is room for. */
function DayLabels({ days, xOf, width }: DayLabelsProps) {
  const every = Math.max(1, Math.ceil(days.length / Math.max(2, Math.floor(width / 110))));
  const labelled = days.filter((_, index) => (days.length - 1 - index) % every === 0);
  return labelled.map(({ day }) => {
    const x = xOf(Date.parse(day));
    const anchor = x > width - 50 ? 'end' : x < LEFT + 20 ? 'start' : 'middle';
    return (
      <text key={day} className={styles['tick']} x={x} y={HEIGHT - 6} textAnchor={anchor}>
        {dateOf(day).replace(/ \d{4}$/, '')}
      </text>
    );
  });
}
