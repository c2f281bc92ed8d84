import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from '../api/queries.ts';
import { Icon } from '../parts/icon.tsx';
import { useModal } from '../parts/use-modal.ts';
import styles from './palette.module.css';
import { groupsOf, type PaletteEntry } from './palette-entries.ts';
import { PaletteGroups } from './palette-groups.tsx';
import { useDebounced } from './use-debounced.ts';

const TYPING_MS = 140;

/** Finds anything by name. The field keeps the focus; arrows move through what was found, Enter opens it. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const modal = useModal(onClose);
  const id = useId();
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const asked = useDebounced(text.trim(), TYPING_MS);
  const answer = useSearch(asked);
  const groups = useDeferredValue(groupsOf(text.trim(), asked === '' ? undefined : answer.data));
  const entries = groups.flatMap((group) => group.entries);
  const active = Math.min(at, entries.length - 1);
  const open = ({ href }: PaletteEntry) => {
    onClose();
    navigate(href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = entries[active];
    if (event.key === 'ArrowDown') setAt(entries.length === 0 ? 0 : (active + 1) % entries.length);
    else if (event.key === 'ArrowUp') setAt(entries.length === 0 ? 0 : (active - 1 + entries.length) % entries.length);
    else if (event.key === 'Enter' && chosen !== undefined) open(chosen);
    else return;
    event.preventDefault();
  };
  const waiting = text.trim() !== asked || (asked !== '' && answer.isFetching);
  return (
    <dialog {...modal} className={styles['palette']} aria-label="Search">
      <div className={styles['field']}>
        <Icon name="search" />
        <input
          role="combobox"
          aria-label="Search images, vulnerabilities, packages, runs, teams"
          aria-expanded={entries.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={entries[active] === undefined ? undefined : `${id}-${active}`}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder="Search images, vulnerabilities, packages, runs, teams"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd>Esc</kbd>
      </div>
      <PaletteGroups id={id} groups={groups} active={active} onHover={setAt} onOpen={open} />
      <p className={styles['state']} role="status">
        {answer.isError && asked !== ''
          ? `The search failed: ${answer.error.message}`
          : waiting
            ? 'Searching…'
            : entries.length === 0
              ? `Nothing is called “${asked}”.`
              : `${entries.length} found. ↑↓ to choose, Enter to open.`}
      </p>
    </dialog>
  );
}
