import { useEffect } from 'react';
import { formatCount } from '../format/number.ts';
import { Button } from './button.tsx';
import { PageTrail } from './page-trail.ts';
import styles from './pages.module.css';
import type { Address } from './use-address.ts';

export const PAGE_SIZE = 50;

const trail = new PageTrail();

interface PagesProps {
  readonly address: Address;
  /** What the pages are of: path and filters. The way back is only known for the same list. */
  readonly list: string;
  readonly shown: number;
  readonly total?: number | undefined;
  readonly next?: string | undefined;
}

/** Which rows these are, and the way to the others. */
export function Pages({ address, list, shown, total, next }: PagesProps) {
  const page = Math.max(1, Number(address.get('page')) || 1);
  const cursor = address.get('cursor');
  useEffect(() => trail.remember(list, page, cursor), [list, page, cursor]);
  const first = (page - 1) * PAGE_SIZE + 1;
  const before = trail.before(list, page);
  const go = (to: number, at: string) => address.set({ page: to > 1 ? String(to) : undefined, cursor: at });
  if (page === 1 && next === undefined)
    return (
      <p className={styles['pages']}>
        {total === undefined || total === shown
          ? `${formatCount(shown)} in all`
          : `${formatCount(shown)} of ${formatCount(total)}`}
      </p>
    );
  return (
    <nav className={styles['pages']} aria-label="Pages">
      <p>
        {shown === 0 ? 'none' : `${formatCount(first)}–${formatCount(first + shown - 1)}`}
        {total !== undefined && ` of ${formatCount(total)}`}
      </p>
      <div className={styles['buttons']}>
        {page > 1 && before === undefined && (
          <Button icon="chevronLeft" onClick={() => go(1, '')}>
            First page
          </Button>
        )}
        <Button
          icon="chevronLeft"
          disabled={before === undefined}
          onClick={() => before !== undefined && go(page - 1, before)}
        >
          Previous
        </Button>
        <Button disabled={next === undefined} onClick={() => next !== undefined && go(page + 1, next)}>
          Next
        </Button>
      </div>
    </nav>
  );
}
