import type { CommandContext } from '../../script/types.ts';

/** The tools of dpkg and debhelper work on another root or database when told so by the environment: not reproduced. */
export function requireSystemRoot(context: CommandContext): void {
  const { environment } = context;
  if ((environment.get('DPKG_ROOT') ?? '') !== '') context.notNative('DPKG_ROOT');
  if ((environment.get('DPKG_ADMINDIR') ?? '/var/lib/dpkg') !== '/var/lib/dpkg') context.notNative('DPKG_ADMINDIR');
}
