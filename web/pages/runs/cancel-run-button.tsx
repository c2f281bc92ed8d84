import { useState } from 'react';
import { useCancelRun } from '../../api/changes.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { DialogActions } from '../../parts/dialog-actions.tsx';
import { FormError } from '../../parts/form-error.tsx';

/** Stops a run, after asking. */
export function CancelRunButton({ id }: { readonly id: string }) {
  const [open, setOpen] = useState(false);
  const cancel = useCancelRun();
  return (
    <>
      <Button icon="stop" onClick={() => setOpen(true)}>
        Stop run
      </Button>
      {open && (
        <Dialog
          title="Stop this run?"
          description="What is done stays done. Images in hand are given back, and the next run goes on with them."
          onClose={() => setOpen(false)}
        >
          <FormError error={cancel.error} />
          <DialogActions>
            <Button onClick={() => setOpen(false)}>Let it run</Button>
            <Button
              kind="danger"
              icon="stop"
              busy={cancel.isPending}
              onClick={() => cancel.mutate(id, { onSuccess: () => setOpen(false) })}
            >
              Stop run
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </>
  );
}
