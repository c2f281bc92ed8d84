import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../../src/core/progress.ts';
import type { MutableTree } from '../../src/oci/tree/types.ts';
import { readDebDatabase } from '../../src/packages/deb/database/read.ts';
import { installDebs } from '../../src/packages/deb/install/index.ts';
import { AllowList } from './support/allow-list.ts';
import { compareListings } from './support/compare.ts';
import { makeDistroless } from './support/distroless-root.ts';
import { type Listed, listTree } from './support/listing.ts';
import { type OracleRun, runOracle } from './support/oracle.ts';
import { missingRequirement } from './support/requirements.ts';
import { treeOfTar } from './support/tar-tree.ts';
import { VARIANTS } from './variants.ts';

/**
 * apt cannot upgrade an image without dpkg's database. What the files must be in the end is what apt makes of the same
 * root with one: those of the packages new, everything else as it was.
 */
const SOURCE_DATE = 1_700_000_000;
const LIBRARY_CACHE = '/etc/ld.so.cache';
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const DERIVED = new Set([LIBRARY_CACHE, BUNDLE]);
const base = VARIANTS.find(({ name }) => name === 'base');
const missing = await missingRequirement('bookworm');

describe.skipIf(missing !== undefined || base === undefined)(
  `upgrade of an image without dpkg${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let run: OracleRun;
    let tree: MutableTree;
    let upgraded: MutableTree;
    let before: ReadonlyMap<string, Listed>;
    let real: ReadonlyMap<string, Listed>;
    let ours: ReadonlyMap<string, Listed>;
    let packaged: ReadonlySet<string>;

    beforeAll(async () => {
      if (base === undefined) return;
      run = await runOracle(base);
      tree = (await treeOfTar(run.before)).fork();
      packaged = packagedPaths(tree, run.steps);
      makeDistroless(tree);
      before = listTree(tree);
      const options = { sourceDate: SOURCE_DATE, progress: silent };
      const outcome = await installDebs(tree, readDebDatabase(tree), run.steps, options);
      expect(outcome).toMatchObject({ kind: 'installed' });
      ours = listTree(tree);
      if (outcome.kind === 'installed') outcome.close?.();
      upgraded = await treeOfTar(run.after);
      packaged = new Set([...packaged, ...packagedPaths(upgraded, run.steps)]);
      real = listTree(upgraded);
    }, 900_000);

    it('gives the files of the packages the content, mode, owner and time that apt gives them', () => {
      const isCompared = (path: string): boolean => packaged.has(path) && !isLeftOut(path) && !path.startsWith('/etc/');
      const differences = compareListings(
        only(real, isCompared),
        only(ours, isCompared),
        { start: run.start, end: run.end, sourceDate: SOURCE_DATE },
        new AllowList(''),
      );
      expect(differences).toEqual([]);
      expect(
        [...before].filter(([path, { content }]) => isCompared(path) && ours.get(path)?.content !== content).length,
      ).toBeGreaterThan(20);
    });

    it('derives the library cache as ldconfig does, and the bundle with the certificates that apt trusts', () => {
      expect(ours.get(LIBRARY_CACHE)?.content).toBe(real.get(LIBRARY_CACHE)?.content);
      // apt keeps the order of a configuration file that the image does not have: compared sorted.
      const renewed = certificates(tree);
      expect(renewed).toEqual(certificates(upgraded));
      expect(renewed.length).toBeGreaterThan(100);
      expect(ours.get(BUNDLE)?.content).not.toBe(before.get(BUNDLE)?.content);
    });

    it('leaves every other file alone and brings back nothing that was left out', () => {
      const isOther = (path: string): boolean =>
        !(packaged.has(path) || DERIVED.has(path) || path.startsWith('/var/lib/dpkg/')) || isLeftOut(path);
      const clocks = { start: 0, end: 0, sourceDate: SOURCE_DATE };
      const isBytecode = (path: string): boolean => path.includes('/__pycache__');
      const kept = (path: string): boolean => isOther(path) && !isBytecode(path);
      expect(compareListings(only(before, kept), only(ours, kept), clocks, new AllowList(''))).toEqual([]);
    });

    it('writes the record and the sums of each package as dpkg-deb shows them', () => {
      for (const { step, file } of run.steps) {
        const path = `/var/lib/dpkg/status.d/${step.name}`;
        expect(tree.readText(path)).toBe(execFileSync('dpkg-deb', ['--field', file], { encoding: 'latin1' }));
        const sums = execFileSync('dpkg-deb', ['--info', file, 'md5sums'], { encoding: 'latin1' });
        expect(tree.readText(`${path}.md5sums`)).toBe(sums);
      }
    });
  },
);

function certificates(tree: MutableTree): readonly string[] {
  return (tree.readText(BUNDLE) ?? '').split(/(?<=-----END CERTIFICATE-----\n)/).sort();
}

function only(listing: ReadonlyMap<string, Listed>, wanted: (path: string) => boolean): ReadonlyMap<string, Listed> {
  return new Map([...listing].filter(([path]) => wanted(path)));
}

function isLeftOut(path: string): boolean {
  return /^\/usr\/share\/(?:doc|man|locale|ca-certificates)(?:\/|$)/.test(path);
}

/** Non-directories of the upgraded packages by dpkg's own lists, under their real paths. */
function packagedPaths(tree: MutableTree, steps: OracleRun['steps']): ReadonlySet<string> {
  const paths = steps.flatMap(({ step: { name, architecture } }) => {
    const info = `/var/lib/dpkg/info/${name}`;
    const list = tree.readText(`${info}.list`) ?? tree.readText(`${info}:${architecture}.list`) ?? '';
    return list.split('\n').filter((path) => path !== '' && tree.lstat(path)?.type !== 'directory');
  });
  return new Set(paths.map((path) => tree.resolveParent(path) ?? path));
}
