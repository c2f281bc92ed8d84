import type { CommandContext } from '../../types.ts';

/** Whether local time is UTC in the image: no TZ, and /etc/localtime absent or a link to UTC. */
export function usesUtc(context: CommandContext): boolean {
  const { environment, tree } = context;
  if (environment.get('TZ') !== undefined) return false;
  const local = tree.stat('/etc/localtime');
  return local === undefined || /(UTC|UCT|Universal|Zulu)$/.test(tree.realpath('/etc/localtime') ?? '');
}
