import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { Icon } from './icon.tsx';
import styles from './toasts.module.css';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'good' | 'critical';
}

type Say = (text: string, tone?: Toast['tone']) => void;

const ToastContext = createContext<Say>(() => {});

const SHOWN_MS = 6000;
let lastId = 0;

/** Says that something was done, or was not, without standing in the way. */
export function useToast(): Say {
  return useContext(ToastContext);
}

export function Toasts({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const remove = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const say = useCallback<Say>(
    (text, tone = 'good') => {
      lastId += 1;
      const id = lastId;
      setToasts((all) => [...all.slice(-2), { id, text, tone }]);
      setTimeout(() => remove(id), SHOWN_MS);
    },
    [remove],
  );
  return (
    <ToastContext value={say}>
      {children}
      <div className={styles['toasts']} role="status">
        {toasts.map(({ id, text, tone }) => (
          <div key={id} className={styles['toast']} data-tone={tone}>
            <Icon name={tone === 'good' ? 'check' : 'error'} />
            <span>{text}</span>
            <button type="button" aria-label="Dismiss" onClick={() => remove(id)}>
              <Icon name="close" size={12} />
            </button>
          </div>
        ))}
      </div>
    </ToastContext>
  );
}
