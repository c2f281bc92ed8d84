import styles from './icon.module.css';
import { ICON_PATHS, type IconName } from './icon-paths.ts';

/** Decoration next to a text that says the same; an icon alone belongs in a control with a label. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className={styles['icon']} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={ICON_PATHS[name]} />
    </svg>
  );
}
