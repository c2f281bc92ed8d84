import type { CommandContext } from '../../../script/types.ts';

const MOUNTED = new Set(['/', '/proc', '/sys', '/dev']);

/** `mountpoint -q DIRECTORY`: in a container the kernel's file systems are mounted, and nothing else below the root. */
export function mountpoint(context: CommandContext): number {
  const words = context.argv.slice(1);
  const operands = words.filter((word) => word !== '-q' && word !== '--quiet');
  const [path = ''] = operands;
  if (operands.length !== 1 || operands.length === words.length || !path.startsWith('/')) {
    return context.notNative(words.join(' '));
  }
  if (MOUNTED.has(path)) return 0;
  if (/^\/(proc|sys|dev)\//.test(path)) return context.notNative(path);
  return context.tree.stat(path) === undefined ? 1 : 32;
}

/** `ss -nlt …`: where an image is patched nothing listens. */
export function ss(context: CommandContext): number {
  if (!/^-[nlt]{3}$/.test(context.argv[1] ?? '')) return context.notNative(context.argv.slice(1).join(' '));
  context.stdout('State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n');
  return 0;
}
