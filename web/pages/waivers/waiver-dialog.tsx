import { type FormEvent, useState } from 'react';
import { useAddWaiver } from '../../api/changes.ts';
import { useSignedIn } from '../../api/session-context.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { DialogActions } from '../../parts/dialog-actions.tsx';
import { FormError } from '../../parts/form-error.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { useNow } from '../../parts/use-now.ts';
import { type DraftErrors, draftErrors, newDraft, toWaiver, type WaiverDraft } from './waiver-draft.ts';
import { WaiverFields } from './waiver-fields.tsx';

interface WaiverDialogProps {
  readonly draft: Partial<WaiverDraft>;
  readonly onClose: () => void;
}

/** Accepts a vulnerability for a time. */
export function WaiverDialog({ draft: given, onClose }: WaiverDialogProps) {
  const now = useNow();
  const { session } = useSignedIn();
  const say = useToast();
  const add = useAddWaiver();
  const [draft, setDraft] = useState(() => newDraft({ owner: session.name, ...given }, now));
  const [errors, setErrors] = useState<DraftErrors>({});
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const found = draftErrors(draft, now);
    setErrors(found);
    const [first] = Object.keys(found);
    if (first !== undefined) {
      form.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
      return;
    }
    add.mutate(toWaiver(draft), {
      onSuccess: (waiver) => {
        say(
          `${waiver.vulnerability} is waived for ${waiver.findings} ${waiver.findings === 1 ? 'finding' : 'findings'}.`,
        );
        onClose();
      },
    });
  };
  return (
    <Dialog
      wide
      title="Waive a vulnerability"
      onClose={onClose}
      description="The findings stay on record and count as waived until the end. Then their clock goes on."
    >
      <form onSubmit={submit} noValidate>
        <WaiverFields
          draft={draft}
          errors={errors}
          today={now}
          onChange={(change) => setDraft((old) => ({ ...old, ...change }))}
        />
        <FormError error={add.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={add.isPending}>
            Waive
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
