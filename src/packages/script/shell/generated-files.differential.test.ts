import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHARED_COMMANDS } from '../commands/table.ts';
import { fileScripts } from '../testing/file-script-generator.ts';
import { evaluateText, testImage } from '../testing/image.ts';
import { canIsolate, listTree, runIsolated } from '../testing/real-shell.ts';

const RUNS = Number(process.env['SUTURE_GENERATED_SCRIPTS'] ?? '200');

/** In a root of their own: what such a script does must not be done to the machine. */
describe.skipIf(!canIsolate())('generated scripts that change files (needs dash, root and overlayfs)', () => {
  it('leave the same files as under dash with the tools of Debian, or are refused', { timeout: 3_600_000 }, () => {
    let native = 0;
    const args = ['d/f', 'two words'];
    fc.assert(
      fc.property(fileScripts, (text) => {
        const tree = testImage(SHARED_COMMANDS.keys());
        tree.mkdir('/w', { mode: 0o700, uid: 0, gid: 0, mtime: 0 });
        const outcome = evaluateText(`cd /w\n${text}`, tree, SHARED_COMMANDS, { args });
        if (outcome.kind === 'not-native') return;
        native += 1;
        const effect = { status: outcome.exitStatus, stdout: outcome.stdout, files: listTree(tree, '/w') };
        expect(effect).toEqual(runIsolated(text, args));
      }),
      { numRuns: RUNS, seed: Number(process.env['SUTURE_SCRIPT_SEED'] ?? '20261120') },
    );
    expect(native).toBeGreaterThan(RUNS / 2);
  });
});
