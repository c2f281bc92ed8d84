import { runInRoot } from './chroot.ts';

/** What the distribution's own tools say of a root. */
export interface RootChecks {
  /** `dpkg --audit`: empty when every package is configured. */
  readonly audit: string;
  /** `dpkg --verify`: files that are not as their package ships them. */
  readonly verify: string;
  /** Packages that `apt-get -s dist-upgrade` would still change. */
  readonly upgradable: readonly string[];
}

/** Asks dpkg and apt; throws when `apt-get check` finds a broken dependency. */
export function checkRoot(root: string): RootChecks {
  runInRoot(root, 'apt-get check -qq');
  const upgrade = runInRoot(root, 'apt-get -s dist-upgrade');
  return {
    audit: runInRoot(root, 'dpkg --audit'),
    verify: runInRoot(root, 'dpkg --verify || :'),
    upgradable: [...upgrade.matchAll(/^(?:Inst|Remv) (\S+)/gm)].map(([, name = '']) => name),
  };
}
