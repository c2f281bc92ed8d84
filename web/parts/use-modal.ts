import { type MouseEvent, type RefObject, type SyntheticEvent, useLayoutEffect, useRef } from 'react';

export interface Modal {
  readonly ref: RefObject<HTMLDialogElement | null>;
  readonly onCancel: (event: SyntheticEvent) => void;
  readonly onClick: (event: MouseEvent) => void;
}

/** Elements that a dialog hands the focus to when it opens: what to fill in, else the way out that changes nothing. */
const FIRST = 'input, textarea, select, [data-actions] button';

/**
 * Makes a dialog element modal while it is mounted. The browser's own: it keeps the focus inside, makes the rest inert,
 * closes on Escape and gives the focus back, all without injecting a style sheet, which the content policy would refuse.
 * @returns attributes of the element
 */
export function useModal(onClose: () => void): Modal {
  const ref = useRef<HTMLDialogElement>(null);
  // Before the element is taken out of the page: a dialog that is gone gives no focus back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) {
      dialog.showModal();
      dialog.querySelector<HTMLElement>(FIRST)?.focus();
    }
    return () => dialog?.close();
  }, []);
  return {
    ref,
    onCancel: (event) => {
      // React takes it away; closed by itself it would stay mounted.
      event.preventDefault();
      onClose();
    },
    onClick: (event) => {
      if (event.target === ref.current) onClose();
    },
  };
}
