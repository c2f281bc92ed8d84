import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { WaiverDialog } from './waiver-dialog.tsx';
import type { WaiverDraft } from './waiver-draft.ts';

interface WaiveButtonProps {
  /** What is known of the waiver where the button is. */
  readonly draft: Partial<WaiverDraft>;
  /** In a header, where it stands alone, with an icon. In a row it is only called Waive. */
  readonly label?: string;
}

/** Opens the form for a waiver. Drawn for operators only. */
export function WaiveButton({ draft, label }: WaiveButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        kind={label === undefined ? 'quiet' : 'secondary'}
        {...(label === undefined ? {} : { icon: 'waiver' as const })}
        aria-label={
          label === undefined ? `Waive ${draft.vulnerability ?? ''} in ${draft.package ?? 'all packages'}` : undefined
        }
        onClick={() => setOpen(true)}
      >
        {label ?? 'Waive'}
      </Button>
      {open && <WaiverDialog draft={draft} onClose={() => setOpen(false)} />}
    </>
  );
}
