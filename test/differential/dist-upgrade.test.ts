import { describe, expect, it } from 'vitest';
import { silent } from '../../src/core/progress.ts';
import { readDebDatabase } from '../../src/packages/deb/database/read.ts';
import { installDebs } from '../../src/packages/deb/install/index.ts';
import { AllowList } from './support/allow-list.ts';
import { compareListings } from './support/compare.ts';
import { listTree } from './support/listing.ts';
import { runOracle } from './support/oracle.ts';
import { missingRequirement } from './support/requirements.ts';
import { treeOfTar } from './support/tar-tree.ts';
import { VARIANTS } from './variants.ts';

const SOURCE_DATE = 1_700_000_000;
const allowed = AllowList.read(new URL('./allow-list.txt', import.meta.url));
const missing = await missingRequirement('bookworm');

describe.skipIf(missing !== undefined)(
  `dist-upgrade by apt and by us${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    it.each(VARIANTS)(
      '$name: the same files, owners, modes, times and database',
      { timeout: 900_000 },
      async (variant) => {
        const run = runOracle(variant);
        try {
          const tree = await treeOfTar(run.before);
          const outcome = await installDebs(tree, readDebDatabase(tree), run.steps, {
            sourceDate: SOURCE_DATE,
            progress: silent,
          });
          expect(outcome).toMatchObject({ kind: 'installed' });
          const real = listTree(await treeOfTar(run.after));
          const clocks = { start: run.start, end: run.end, sourceDate: SOURCE_DATE };
          expect(compareListings(real, listTree(tree), clocks, allowed)).toEqual([]);
          if (outcome.kind === 'installed') outcome.close?.();
        } finally {
          run.dispose();
        }
      },
    );
  },
);
