import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { WaiverDialog } from './waiver-dialog.tsx';
import type { WaiverDraft } from './waiver-draft.ts';

interface WaiveButtonProps {
  /** What is known of the waiver where the button is. */
  readonly draft: Partial<WaiverDraft>;
  /** Shown in a header, with its icon and more words. */
  readonly label?: boolean;
}

/** Opens the form for a waiver. Drawn for operators only. */
export function WaiveButton({ draft, label = false }: WaiveButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        kind={label ? 'secondary' : 'quiet'}
        {...(label ? { icon: 'waiver' as const } : {})}
        aria-label={label ? undefined : `Waive ${draft.vulnerability ?? ''} in ${draft.package ?? 'all packages'}`}
        onClick={() => setOpen(true)}
      >
        {label ? 'Waive…' : 'Waive'}
      </Button>
      {open && <WaiverDialog draft={draft} onClose={() => setOpen(false)} />}
    </>
  );
}
