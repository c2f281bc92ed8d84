import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import styles from './tabs.module.css';

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly count?: number | undefined;
  readonly content: () => ReactNode;
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  /** Id of the tab that is shown. */
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** One part of a page at a time; which one is the caller's to remember. */
export function Tabs({ label, tabs, value, onChange }: TabsProps) {
  return (
    <Radix.Root value={value} onValueChange={onChange} activationMode="manual">
      <Radix.List className={styles['list']} aria-label={label}>
        {tabs.map(({ id, label: name, count }) => (
          <Radix.Trigger key={id} value={id} className={styles['tab']}>
            {name}
            {count !== undefined && <span className={styles['count']}>{count}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ id, content }) => (
        <Radix.Content key={id} value={id} className={styles['content']}>
          {content()}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
