import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './facts.module.css';

export interface Fact {
  readonly term: string;
  readonly value: ReactNode;
}

interface FactsProps {
  readonly facts: readonly (Fact | undefined)[];
  /** Fewer columns, for long terms. */
  readonly wide?: boolean;
}

/** Terms and what is so, in columns as the width allows. Facts that are not known are left out by the caller. */
export function Facts({ facts, wide = false }: FactsProps) {
  return (
    <dl className={classes(styles['facts'], wide && styles['wide'])}>
      {facts.map(
        (fact) =>
          fact !== undefined && (
            <div key={fact.term}>
              <dt>{fact.term}</dt>
              <dd>{fact.value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
