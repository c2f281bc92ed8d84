import { describe, expect, it } from 'vitest';
import { judgeVariant } from './support/judge.ts';
import { missingRequirement } from './support/requirements.ts';
import { VARIANTS } from './variants.ts';

/** `make differential` runs every variant; otherwise those that tell most for their time. */
const isSample = process.env['SUTURE_DIFFERENTIAL'] !== 'all';

for (const suite of new Set(VARIANTS.map((variant) => variant.suite))) {
  const missing = await missingRequirement(suite);
  const variants = VARIANTS.filter((variant) => variant.suite === suite && (!isSample || variant.sample === true));
  describe.skipIf(missing !== undefined || variants.length === 0)(
    `dist-upgrade of ${suite} by apt and by us${missing === undefined ? '' : ` (${missing})`}`,
    () => {
      it.each(variants)(
        '$name: the same files, owners, modes, times and database',
        { timeout: 900_000 },
        async (variant) => {
          const { blockers, packages, differences, checks } = await judgeVariant(variant);
          expect(blockers).toEqual([]);
          expect(packages).toBeGreaterThan(0);
          expect(differences).toEqual([]);
          expect(checks.ours).toEqual(checks.real);
          expect(checks.real.audit).toBe('');
        },
      );
    },
  );
}
