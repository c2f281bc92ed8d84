import { useEffect, useRef } from 'react';
import { Icon } from '../parts/icon.tsx';
import styles from './palette.module.css';
import type { PaletteEntry, PaletteGroup } from './palette-entries.ts';

interface PaletteGroupsProps {
  readonly id: string;
  readonly groups: readonly PaletteGroup[];
  /** Index over the entries of all groups. */
  readonly active: number;
  readonly onHover: (index: number) => void;
  readonly onOpen: (entry: PaletteEntry) => void;
}

/** What was found, by kind. */
export function PaletteGroups({ id, groups, active, onHover, onOpen }: PaletteGroupsProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${active}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  let index = -1;
  return (
    <div ref={list} id={`${id}-list`} role="listbox" aria-label="Found" className={styles['list']}>
      {groups.map(({ label, entries }) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of options has no element of its own
        <div key={label} role="group" aria-label={label}>
          <p className={styles['group']} aria-hidden="true">
            {label}
          </p>
          {entries.map((entry) => {
            index += 1;
            const own = index;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard stays in the field, which moves through the options
              // biome-ignore lint/a11y/useFocusableInteractive: as above
              <div
                key={entry.key}
                id={`${id}-${own}`}
                data-index={own}
                role="option"
                aria-selected={own === active}
                className={styles['option']}
                onMouseMove={() => onHover(own)}
                onClick={() => onOpen(entry)}
              >
                <Icon name={entry.icon} size={14} />
                <span className={styles['text']}>{entry.text}</span>
                {entry.note !== '' && <span className={styles['note']}>{entry.note}</span>}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}
