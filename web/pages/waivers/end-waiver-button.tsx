import { useState } from 'react';
import type { Waiver } from '../../../src/service/api/contract/waivers.ts';
import { useEndWaiver } from '../../api/changes.ts';
import { plural } from '../../format/number.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { DialogActions } from '../../parts/dialog-actions.tsx';
import { FormError } from '../../parts/form-error.tsx';
import { useToast } from '../../parts/toasts.tsx';

/** Ends a waiver before its time, after asking. */
export function EndWaiverButton({ waiver: { id, vulnerability, image, findings } }: { readonly waiver: Waiver }) {
  const [open, setOpen] = useState(false);
  const end = useEndWaiver();
  const say = useToast();
  const submit = () =>
    end.mutate(id, {
      onSuccess: () => {
        setOpen(false);
        say(`The waiver of ${vulnerability} has ended.`);
      },
    });
  return (
    <>
      <Button kind="quiet" aria-label={`End waiver of ${vulnerability} for ${image}`} onClick={() => setOpen(true)}>
        End…
      </Button>
      {open && (
        <Dialog
          title={`End the waiver of ${vulnerability}?`}
          description={`The clock of ${plural(findings, 'finding')} goes on; who is past the service level is late at once. The waiver stays on record.`}
          onClose={() => setOpen(false)}
        >
          <FormError error={end.error} />
          <DialogActions>
            <Button onClick={() => setOpen(false)}>Keep it</Button>
            <Button kind="danger" busy={end.isPending} onClick={submit}>
              End waiver
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </>
  );
}
