import { Field } from '../../parts/field.tsx';
import { JUSTIFICATION_WORDS } from '../../values/waivers.ts';
import { type DraftErrors, dayOf, type WaiverDraft } from './waiver-draft.ts';
import styles from './waivers.module.css';

interface WaiverFieldsProps {
  readonly draft: WaiverDraft;
  readonly errors: DraftErrors;
  /** Milliseconds since the epoch. */
  readonly today: number;
  readonly onChange: (change: Partial<WaiverDraft>) => void;
}

const JUSTIFICATIONS = Object.keys(JUSTIFICATION_WORDS) as (keyof typeof JUSTIFICATION_WORDS)[];

interface TextField {
  readonly name: 'vulnerability' | 'package' | 'image' | 'owner' | 'ticket';
  readonly label: string;
  readonly hint?: string;
  readonly optional?: boolean;
  readonly whole?: boolean;
}

const TEXTS: readonly TextField[] = [
  { name: 'vulnerability', label: 'Vulnerability' },
  { name: 'package', label: 'Package', optional: true, hint: 'Empty: in every package.' },
  {
    name: 'image',
    label: 'Images',
    whole: true,
    hint: 'A reference, or a pattern: * within a part of the name, ** over all.',
  },
  { name: 'owner', label: 'Owner', hint: 'Who answers for it.' },
  { name: 'ticket', label: 'Ticket', hint: 'Where it was decided.' },
];

export function WaiverFields({ draft, errors, today, onChange }: WaiverFieldsProps) {
  return (
    <div className={styles['fields']}>
      {TEXTS.map(({ name, label, hint, optional, whole }) => (
        <div key={name} className={whole === true ? styles['whole'] : undefined}>
          <Field
            label={label}
            error={errors[name]}
            {...(hint === undefined ? {} : { hint })}
            optional={optional === true}
          >
            {(control) => (
              <input
                {...control}
                name={name}
                autoComplete="off"
                spellCheck={false}
                value={draft[name]}
                onChange={(event) => onChange({ [name]: event.target.value })}
              />
            )}
          </Field>
        </div>
      ))}
      <div className={styles['whole']}>
        <Field label="Reason" error={errors.reason}>
          {(control) => (
            <textarea
              {...control}
              name="reason"
              rows={2}
              value={draft.reason}
              onChange={(event) => onChange({ reason: event.target.value })}
            />
          )}
        </Field>
      </div>
      <Field label="Justification" hint="For the OpenVEX document.">
        {(control) => (
          <select
            {...control}
            name="justification"
            value={draft.justification}
            onChange={(event) => {
              const justification = JUSTIFICATIONS.find((name) => name === event.target.value);
              if (justification !== undefined) onChange({ justification });
            }}
          >
            {JUSTIFICATIONS.map((name) => (
              <option key={name} value={name}>
                {JUSTIFICATION_WORDS[name]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Last day" error={errors.lastDay} hint="It ends with this day, UTC.">
        {(control) => (
          <input
            {...control}
            name="lastDay"
            type="date"
            min={dayOf(today)}
            value={draft.lastDay}
            onChange={(event) => onChange({ lastDay: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
