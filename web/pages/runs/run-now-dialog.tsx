import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { useStartRun } from '../../api/changes.ts';
import { paths } from '../../app/paths.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { DialogActions } from '../../parts/dialog-actions.tsx';
import { Field } from '../../parts/field.tsx';
import { FormError } from '../../parts/form-error.tsx';

interface RunNowDialogProps {
  readonly reference?: string;
  readonly onClose: () => void;
}

/** Asks what the run is to be about, starts it, and goes to its page. */
export function RunNowDialog({ reference, onClose }: RunNowDialogProps) {
  const [, navigate] = useLocation();
  const start = useStartRun();
  const [text, setText] = useState('');
  const references = reference === undefined ? text.split(/\s+/).filter((line) => line !== '') : [reference];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate(references.length === 0 ? {} : { references }, {
      onSuccess: ({ id }) => {
        onClose();
        navigate(paths.run(id));
      },
    });
  };
  return (
    <Dialog
      title="Run now"
      onClose={onClose}
      description="Images for which nothing has changed are left alone: nothing is pulled and nothing is pushed."
    >
      <form onSubmit={submit}>
        {reference !== undefined ? (
          <p>
            <code>{reference}</code>
          </p>
        ) : (
          <Field label="Images" optional hint="One reference per line. Empty: every image of the configuration.">
            {(control) => (
              <textarea
                {...control}
                rows={4}
                spellCheck={false}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
        )}
        <FormError error={start.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" icon="run" busy={start.isPending}>
            Start run
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
