import type { CommandContext, CommandTable, EmulatedCommand } from '../../script/types.ts';
import { updateCaCertificates } from './derived/ca-certificates.ts';
import { writeLdSoCache } from './derived/ld-so-cache.ts';
import { DerivedNotNative } from './derived/not-native.ts';

/** The programs behind the commonest triggers, as commands of the evaluator: ldconfig, update-ca-certificates. */
export function derivedCommands(architecture: string): CommandTable {
  return new Map<string, EmulatedCommand>([
    ['ldconfig', (context) => guarded(context, () => ldconfig(context, architecture))],
    ['update-ca-certificates', (context) => guarded(context, () => updateCertificates(context))],
  ]);
}

function guarded(context: CommandContext, work: () => number): number {
  try {
    return work();
  } catch (error) {
    if (error instanceof DerivedNotNative) return context.notNative(error.message);
    throw error;
  }
}

/** `ldconfig`, `ldconfig -r /` and `ldconfig -X`-less forms only. */
function ldconfig(context: CommandContext, architecture: string): number {
  const args = context.argv.slice(1);
  const isWhole = args.length === 0 || (args.length === 2 && args[0] === '-r' && args[1] === '/');
  if (!isWhole) return context.notNative(`ldconfig ${args.join(' ')}`);
  writeLdSoCache(context.tree, architecture, context.sourceDate);
  return 0;
}

function updateCertificates(context: CommandContext): number {
  const args = [...context.argv.slice(1)];
  let fresh = false;
  let hooks = true;
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    if (arg === '--fresh' || arg === '-f') fresh = true;
    else if (arg === '--hooksdir' && args[0] === '') {
      hooks = false;
      args.shift();
    } else return context.notNative(`update-ca-certificates ${arg}`);
  }
  const { added, removed } = updateCaCertificates(context.tree, { fresh, hooks, sourceDate: context.sourceDate });
  context.stdout('Updating certificates in /etc/ssl/certs...\n');
  context.stdout(`${added} added, ${removed} removed; done.\n`);
  if (hooks) context.stdout('Running hooks in /etc/ca-certificates/update.d...\ndone.\n');
  return 0;
}
