import { fail } from '../../../script/commands/paths.ts';
import type { CommandContext } from '../../../script/types.ts';
import { requireSystemRoot } from '../require-system-root.ts';

/**
 * `dpkg-trigger`: records the activation. Whether the package awaits the trigger changes only states in between, as all
 * triggers are processed before the installation ends.
 */
export function dpkgTrigger(context: CommandContext): number {
  requireSystemRoot(context);
  const operands: string[] = [];
  const words = context.argv.slice(1);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--check-supported') return 0;
    if (word === '--by-package') words.shift();
    else if (word === '--no-await' || word === '--await' || word.startsWith('--by-package=')) continue;
    else if (word.startsWith('-')) return context.notNative(`option ${word}`);
    else operands.push(word);
  }
  const [name = ''] = operands;
  if (operands.length !== 1 || !/^[!-~]+$/.test(name)) return context.notNative(`operands ${operands.join(' ')}`);
  if (!context.environment.has('DPKG_MAINTSCRIPT_PACKAGE')) {
    fail(context, 'error: must be called from a maintainer script (or with a --by-package option)');
    return 2;
  }
  context.trigger(name);
  return 0;
}
