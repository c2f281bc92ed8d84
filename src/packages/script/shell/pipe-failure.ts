import type { Command } from '../syntax/ast.ts';
import type { TextSource } from './descriptors.ts';
import type { Shell } from './shell.ts';

/** Commands that read a standard input without error to its end, whatever it is. */
const READS_EVERYTHING = new Set(['cat', 'sort', 'tr', 'uniq', 'wc']);

/**
 * With `pipefail` it matters whether a writer is ended by SIGPIPE, which is a matter of timing when its reader may stop
 * early: only readers that never do are native. Without anything written there is no signal.
 */
export function requireWholeInput(shell: Shell, stage: Command, input: TextSource): void {
  if (input.isEmpty) return;
  const words = stage.kind === 'simple' ? stage.words : [];
  const [part, ...others] = words[0]?.parts ?? [];
  const name = others.length === 0 && part?.kind === 'literal' ? part.text : '';
  const reads = READS_EVERYTHING.has(name) && !shell.functions.has(name) && input.isExhausted;
  if (!reads) shell.notNative('pipefail with a reader that may stop early');
}
