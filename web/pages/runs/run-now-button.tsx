import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { RunNowDialog } from './run-now-dialog.tsx';

interface RunNowButtonProps {
  /** One image; everything, or what the user names, when absent. */
  readonly reference?: string;
}

/** Starts a run. Drawn for operators only. */
export function RunNowButton({ reference }: RunNowButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind={reference === undefined ? 'primary' : 'secondary'} icon="run" onClick={() => setOpen(true)}>
        {reference === undefined ? 'Run now' : 'Run this image'}
      </Button>
      {open && <RunNowDialog {...(reference === undefined ? {} : { reference })} onClose={() => setOpen(false)} />}
    </>
  );
}
