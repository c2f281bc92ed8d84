import styles from './select.module.css';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string) => void;
}

/** A filter with few values: the browser's own list, which every keyboard and telephone knows. */
export function Select({ label, value, choices, onChange }: SelectProps) {
  return (
    <label className={styles['select']} data-set={value !== '' || undefined}>
      <span className={styles['label']}>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  );
}
