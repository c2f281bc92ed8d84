import { DropdownMenu } from 'radix-ui';
import { useSignedIn } from '../api/session-context.ts';
import { Icon } from '../parts/icon.tsx';
import type { IconName } from '../parts/icon-paths.ts';
import { setTheme, THEMES, type Theme, useTheme } from './theme.ts';
import styles from './user-menu.module.css';

const THEME_WORDS: Readonly<Record<Theme, { readonly label: string; readonly icon: IconName }>> = {
  system: { label: 'System', icon: 'system' },
  light: { label: 'Light', icon: 'sun' },
  dark: { label: 'Dark', icon: 'moon' },
};

/** Who is signed in, the theme, and the way out. Not modal: a modal menu would inject a style sheet. */
export function UserMenu() {
  const { session, signOut } = useSignedIn();
  const theme = useTheme();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={styles['trigger']}>
        <span className={styles['avatar']}>
          <Icon name="user" size={14} />
        </span>
        <span className={styles['who']}>
          <span className={styles['name']}>{session.name}</span>
          <span className={styles['role']}>{session.role}</span>
        </span>
        <Icon name="chevronDown" size={12} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className={styles['menu']} side="top" align="start" sideOffset={6} loop>
        <DropdownMenu.Label className={styles['label']}>Theme</DropdownMenu.Label>
        <DropdownMenu.RadioGroup value={theme}>
          {THEMES.map((name) => (
            <DropdownMenu.RadioItem key={name} value={name} className={styles['item']} onSelect={() => setTheme(name)}>
              <Icon name={THEME_WORDS[name].icon} size={14} />
              {THEME_WORDS[name].label}
              <DropdownMenu.ItemIndicator className={styles['indicator']}>
                <Icon name="check" size={13} />
              </DropdownMenu.ItemIndicator>
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className={styles['separator']} />
        <DropdownMenu.Item className={styles['item']} onSelect={signOut}>
          <Icon name="signOut" size={14} />
          Sign out
        </DropdownMenu.Item>
        <DropdownMenu.Separator className={styles['separator']} />
        <DropdownMenu.Label className={styles['version']}>Suture {session.version}</DropdownMenu.Label>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
