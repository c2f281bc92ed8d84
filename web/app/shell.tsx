import { type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { Icon } from '../parts/icon.tsx';
import { Brand } from './brand.tsx';
import { LiveState } from './live-state.tsx';
import { Navigation } from './navigation.tsx';
import { NavigationDrawer } from './navigation-drawer.tsx';
import { Palette } from './palette.tsx';
import { paths } from './paths.ts';
import styles from './shell.module.css';
import { usePaletteKeys } from './use-palette-keys.ts';
import { UserMenu } from './user-menu.tsx';

/** The frame around every page: sections, search, who is signed in. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [location] = useLocation();
  const [open, setOpen] = useState<'palette' | 'drawer' | undefined>();
  usePaletteKeys(() => setOpen('palette'));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page begins at its top, whichever it is
  useEffect(() => {
    setOpen(undefined);
    window.scrollTo(0, 0);
  }, [location]);
  const search = () => setOpen('palette');
  return (
    <div className={styles['shell']}>
      <a className={styles['skip']} href="#content">
        Skip to content
      </a>
      <aside className={styles['side']}>
        <Link href={paths.overview()} className={styles['home']}>
          <Brand />
        </Link>
        <button type="button" className={styles['search']} onClick={search} aria-keyshortcuts="Control+K Meta+K /">
          <Icon name="search" size={14} />
          <span>Search</span>
          <kbd>/</kbd>
        </button>
        <Navigation location={location} />
        <div className={styles['foot']}>
          <LiveState />
          <UserMenu />
        </div>
      </aside>
      <header className={styles['top']}>
        <button type="button" aria-label="Open navigation" onClick={() => setOpen('drawer')}>
          <Icon name="menu" size={18} />
        </button>
        <Link href={paths.overview()} className={styles['home']}>
          <Brand />
        </Link>
        <button type="button" aria-label="Search" onClick={search}>
          <Icon name="search" size={18} />
        </button>
      </header>
      <main id="content" className={styles['content']} tabIndex={-1}>
        {children}
      </main>
      {open === 'palette' && <Palette onClose={() => setOpen(undefined)} />}
      {open === 'drawer' && (
        <NavigationDrawer onClose={() => setOpen(undefined)}>
          <Navigation location={location} />
          <LiveState />
          <UserMenu />
        </NavigationDrawer>
      )}
    </div>
  );
}
