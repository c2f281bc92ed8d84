import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHARED_COMMANDS } from '../commands/table.ts';
import { evaluateText, testImage } from '../testing/image.ts';
import { HAS_DASH, listTree, runReal } from '../testing/real-shell.ts';
import { scripts } from '../testing/script-generator.ts';

const RUNS = Number(process.env['SUTURE_GENERATED_SCRIPTS'] ?? '200');

describe.skipIf(!HAS_DASH)('generated scripts', () => {
  it('do what dash does, or are refused', { timeout: 3_600_000 }, () => {
    let native = 0;
    const args = ['one', 'two words', '*'];
    fc.assert(
      fc.property(scripts, (text) => {
        const tree = testImage(SHARED_COMMANDS.keys());
        tree.mkdir('/w', { mode: 0o700, uid: 0, gid: 0, mtime: 0 });
        const outcome = evaluateText(`cd /w\n${text}`, tree, SHARED_COMMANDS, { args });
        if (outcome.kind === 'not-native') return;
        native += 1;
        const effect = { status: outcome.exitStatus, stdout: outcome.stdout, files: listTree(tree, '/w') };
        expect(effect).toEqual(runReal(text, { args }));
      }),
      { numRuns: RUNS, seed: Number(process.env['SUTURE_SCRIPT_SEED'] ?? '20261120') },
    );
    expect(native).toBeGreaterThan(RUNS / 2);
  });
});
