import { z } from 'zod';
import { SutureError } from '../../core/errors/error.ts';
import { minor } from '../trivy-db/matching/release.ts';
import type { PackageAdvisory } from './advisory-set.ts';

const secdbSchema = z.looseObject({
  distroversion: z.string(),
  packages: z.array(
    z.looseObject({
      pkg: z.looseObject({
        name: z.string().min(1),
        secfixes: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
      }),
    }),
  ),
});

const ID = /^(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3})$/;

/**
 * Alpine's security database (`main.json`, `community.json` of a release). It gives no date of its own: its age is unknown.
 * Only fixed versions stand in it; version `0` means that Alpine was never affected.
 * @throws SutureError INVALID_DATA
 */
export function secdbAdvisories(json: unknown, name: string): readonly PackageAdvisory[] {
  const parsed = secdbSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SutureError('INVALID_DATA', `${name} is not a valid secdb: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { distroversion, packages } = parsed.data;
  const appliesTo: PackageAdvisory['appliesTo'] = (os, repository) => {
    const release = minor(repository ?? os.name);
    return os.family === 'alpine' && distroversion.replace(/^v/, '') === release;
  };
  return packages.flatMap(({ pkg }) =>
    Object.entries(pkg.secfixes ?? {}).flatMap(([fixed, lines]) => {
      if (fixed === '0') return [];
      // A line may name several, and hold remarks such as `CVE-2020-1 (+)`.
      const ids = (lines ?? []).flatMap((line) => line.split(/[\s,]+/)).filter((word) => ID.test(word));
      return [...new Set(ids)].map((id) => ({
        id,
        vendorIds: [],
        packageName: pkg.name,
        packageKind: 'source' as const,
        ranges: [{ introduced: '', fixed }],
        appliesTo,
      }));
    }),
  );
}
