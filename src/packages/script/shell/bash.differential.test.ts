import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SHARED_COMMANDS } from '../commands/table.ts';
import { evaluateText, testImage } from '../testing/image.ts';
import { listTree, runReal } from '../testing/real-shell.ts';

/** What scripts for bash use beyond dash. */
const BASH_CASES: readonly string[] = [
  '[ a == a ]; echo $?; [ a == b ]; echo $?; [ "$x" == "" ] && echo empty; [ ! a == b ]; echo $?; [ a == a -a b == b ]; echo $?; test 5.7 == "5.7" && echo same; [ a == "a*" ]; echo $?; [ == ]; echo $?; [ ! == x ]; echo $?; [ \\( a == b \\) -o c == c ]; echo $?',
  'set -o pipefail; false | true; echo $?; true | false; echo $?; (exit 3) | (exit 4) | true; echo $?; (exit 3) | true; echo $?; ! false | true; echo $?; set +o pipefail; false | true; echo $?',
  'set -e; set -o pipefail; false | true || echo or; if false | true; then echo yes; else echo no; fi; x=$(false | true) || echo sub; (set +o pipefail; false | true; echo in); true | true; echo before; false | true; echo never',
  'set -o pipefail; printf "b\\na\\n" | sort; echo $?; cat nofile | tr a b; echo $?; find . ! -uid 0 -print0 | xargs -0 -r chown root; echo $?; sh -c "false | true; echo \\$?"',
];

const HAS_BASH = existsSync('/bin/bash');

describe.skipIf(!HAS_BASH)('scripts under the real bash and evaluated', () => {
  it.each(BASH_CASES)('%s', (text) => {
    const tree = testImage(SHARED_COMMANDS.keys());
    tree.mkdir('/w', { mode: 0o700, uid: 0, gid: 0, mtime: 0 });
    const outcome = evaluateText(`cd /w\n${text}`, tree, SHARED_COMMANDS, { shebang: '#!/bin/bash' });
    if (outcome.kind === 'not-native') throw new Error(`not native: ${outcome.reason}`);
    const { status, stdout, files } = runReal(text, { shell: '/bin/bash' });
    expect({ status: outcome.exitStatus, stdout: outcome.stdout, files: listTree(tree, '/w') }).toEqual({
      status,
      stdout,
      files,
    });
  });
});

describe('what bash decides by timing, and dash does not know', () => {
  it.each([
    ['#!/bin/bash', 'set -o pipefail; echo a | head -n 1', /stop early/],
    ['#!/bin/bash', 'set -o pipefail; echo a | cat nofile', /stop early/],
    ['#!/bin/sh', 'set -o pipefail', /pipefail/],
  ])('%s %s', (shebang, text, reason) => {
    const outcome = evaluateText(text, testImage(SHARED_COMMANDS.keys()), SHARED_COMMANDS, { shebang });
    expect(outcome.kind === 'not-native' ? outcome.reason : 'completed').toMatch(reason);
  });
});
