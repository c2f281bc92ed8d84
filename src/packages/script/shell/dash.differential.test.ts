import { describe, expect, it } from 'vitest';
import { SHARED_COMMANDS } from '../commands/table.ts';
import { evaluateText, testImage } from '../testing/image.ts';
import { HAS_DASH, listTree, runReal } from '../testing/real-shell.ts';
import { NOT_NATIVE_CASES, SHELL_CASES } from '../testing/shell-cases.ts';

/** Runs a script text both ways in an empty directory. */
function evaluateLike(text: string, args: readonly string[], stdin: string) {
  const tree = testImage(SHARED_COMMANDS.keys());
  tree.mkdir('/w', { mode: 0o700, uid: 0, gid: 0, mtime: 0 });
  const outcome = evaluateText(`cd /w\n${text}`, tree, SHARED_COMMANDS, { args, stdin });
  if (outcome.kind === 'not-native') throw new Error(`not native: ${outcome.reason}`);
  return { status: outcome.exitStatus, stdout: outcome.stdout, files: listTree(tree, '/w') };
}

describe.skipIf(!HAS_DASH)('scripts under the real dash and evaluated', () => {
  it.each(SHELL_CASES)('%s', (text) => {
    const args = ['one', 'two words', '', '*'];
    const real = runReal(text, { args, stdin: 'first line\nsecond  line\n' });
    expect(evaluateLike(text, args, 'first line\nsecond  line\n')).toEqual(real);
  });
});

describe('what is outside the subset', () => {
  it.each(NOT_NATIVE_CASES)('%s', (text, reason) => {
    const tree = testImage(SHARED_COMMANDS.keys());
    const outcome = evaluateText(text, tree, SHARED_COMMANDS);
    expect(outcome.kind).toBe('not-native');
    expect(outcome.kind === 'not-native' ? outcome.reason : '').toMatch(reason);
  });
});
