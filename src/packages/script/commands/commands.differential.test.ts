import { describe, expect, it } from 'vitest';
import { COMMAND_CASES, COMMAND_SETUP } from '../testing/command-cases.ts';
import { evaluateText, testImage } from '../testing/image.ts';
import { HAS_DASH, listTree, runReal } from '../testing/real-shell.ts';
import { SHARED_COMMANDS } from './table.ts';

/** Runs a script text both ways in an empty directory. */
function evaluateLike(text: string, args: readonly string[], stdin: string) {
  const tree = testImage(SHARED_COMMANDS.keys());
  tree.mkdir('/w', { mode: 0o700, uid: 0, gid: 0, mtime: 0 });
  const outcome = evaluateText(`cd /w\n${text}`, tree, SHARED_COMMANDS, { args, stdin });
  if (outcome.kind === 'not-native') throw new Error(`not native: ${outcome.reason}`);
  return { status: outcome.exitStatus, stdout: outcome.stdout, files: listTree(tree, '/w') };
}

describe.skipIf(!HAS_DASH)('commands of Debian and emulated', () => {
  it.each(COMMAND_CASES)('%s', (commands) => {
    const text = `${COMMAND_SETUP}\n${commands}`;
    const args = ['one', 'two words', '', '*'];
    const real = runReal(text, { args, stdin: 'first line\nsecond  line\n' });
    expect(evaluateLike(text, args, 'first line\nsecond  line\n')).toEqual(real);
  });
});
