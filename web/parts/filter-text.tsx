import { useEffect, useRef, useState } from 'react';
import styles from './filter-text.module.css';
import { Icon } from './icon.tsx';

interface FilterTextProps {
  readonly label: string;
  /** As the address has it. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const TYPING_MS = 250;

/** Filters while it is typed, a moment after the last key. */
export function FilterText({ label, value, onChange }: FilterTextProps) {
  const [text, setText] = useState(value);
  const said = useRef(value);
  useEffect(() => {
    // Only what came from elsewhere, such as going back, replaces what is being typed.
    if (value !== said.current) setText(value);
    said.current = value;
  }, [value]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === said.current) return undefined;
    const timer = setTimeout(() => {
      said.current = wanted;
      onChange(wanted);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return (
    <div className={styles['filter']}>
      <Icon name="search" size={14} />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}
