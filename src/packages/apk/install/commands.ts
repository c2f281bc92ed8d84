import type { CommandTable, EmulatedCommand } from '../../script/types.ts';
import { busybox } from './busybox.ts';
import { rehash, updateCaCertificates } from './update-ca-certificates.ts';

const LIMIT = 16 * 1024 * 1024;

/** busybox addgroup and adduser for what is there already, which is what upgrade scripts meet: they say so and fail. */
function addAccount(file: string): EmulatedCommand {
  return (context) => {
    const operands = operandsOf(context.argv.slice(1));
    const name = operands.length === 1 ? operands[0] : undefined;
    if (name === undefined) return context.notNative(`${context.argv.join(' ')}`);
    const lines = (context.tree.readText(file, LIMIT) ?? '').split('\n');
    const isThere = lines.some((line) => line.startsWith(`${name}:`));
    if (!isThere) return context.notNative(`${context.argv[0] ?? ''} ${name}, which does not exist yet`);
    context.stderr(`${context.argv[0] ?? ''}: ${file === '/etc/group' ? 'group' : 'user'} '${name}' in use\n`);
    return 1;
  };
}

/** Options of either command that take a value. */
const WITH_VALUE = /^-[a-zA-Z]*[ghsGuk]$/;

function operandsOf(args: readonly string[]): string[] {
  const operands: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (WITH_VALUE.test(word)) at++;
    else if (!word.startsWith('-')) operands.push(word);
  }
  return operands;
}

/** What scripts of Alpine call besides the commands that all families share. */
export const APK_COMMANDS: CommandTable = new Map<string, EmulatedCommand>([
  ['addgroup', addAccount('/etc/group')],
  ['adduser', addAccount('/etc/passwd')],
  ['busybox', busybox],
  ['c_rehash', rehash],
  ['update-ca-certificates', updateCaCertificates],
]);
