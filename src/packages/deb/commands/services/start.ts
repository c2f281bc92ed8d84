import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';
import { requireSystemRoot } from '../require-system-root.ts';

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * `deb-systemd-invoke` while services may not be started: patching an image starts none, as if its policy-rc.d ended
 * with 101. Without a unit no policy is asked.
 */
export function debSystemdInvoke(context: CommandContext): number {
  requireSystemRoot(context);
  const words = context.argv.slice(1).filter((word) => word !== '--system' && word !== '--user');
  const [action, ...units] = words;
  if (action === undefined || words.some((word) => word.startsWith('-'))) return context.notNative(words.join(' '));
  if (units.length === 0) return context.notNative(`${action} without a unit`);
  context.stderr(`${POLICY} returned 101, not running '${words.join(' ')}'\n`);
  return 0;
}

/** `invoke-rc.d` under the same policy. */
export function invokeRcD(context: CommandContext): number {
  requireSystemRoot(context);
  const words = context.argv.slice(1);
  const operands: ByteString[] = [];
  let disclose = false;
  let quiet = false;
  for (let word = words.shift(); word !== undefined && operands.length < 2; word = words.shift()) {
    if (word === '--quiet') quiet = true;
    else if (word === '--disclose-deny') disclose = true;
    else if (
      word.startsWith('--') &&
      word !== '--no-fallback' &&
      word !== '--skip-systemd-native' &&
      word !== '--try-anyway'
    ) {
      return context.notNative(`option ${word}`);
    } else if (!word.startsWith('--')) operands.push(word);
  }
  const [script, action] = operands;
  if (script === undefined || action === undefined) return context.notNative('operands');
  const complain = (text: string): void => {
    if (!quiet) context.stderr(`invoke-rc.d: ${text}\n`);
  };
  const inode = context.tree.stat(`/etc/init.d/${script}`);
  if (inode?.type !== 'file') complain(`unknown initscript, /etc/init.d/${script} not found.`);
  complain('could not determine current runlevel');
  if (inode?.type === 'file' && (inode.mode & 0o111) !== 0) complain(`policy-rc.d denied execution of ${action}.`);
  if (disclose) {
    complain(`initscript action "${action}" not executed.`);
    return 101;
  }
  if (action !== 'status') return 0;
  complain('emulating initscript action "status", returning "unknown"');
  return 4;
}

/** `runlevel` where nothing was booted. */
export function runlevel(context: CommandContext): number {
  if (context.argv.length > 1) return context.notNative('operands');
  context.stdout('unknown\n');
  return 1;
}
